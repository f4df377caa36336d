"""JSON schemas: fresh, and as strict as what reads."""
