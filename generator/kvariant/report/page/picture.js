// SPDX-License-Identifier: MIT
// The picture: a row for each variant, a column for each step and test, a cell for each outcome.
// All cells are drawn once, a pixel each; what is seen is that drawing, enlarged.
"use strict";

const OUTCOMES = {
  o: { name: "ok", glyph: "·" },
  F: { name: "failed", glyph: "×" },
  E: { name: "error", glyph: "!" },
  T: { name: "timeout", glyph: "t" },
  M: { name: "missing", glyph: "?" },
  f: { name: "flaky", glyph: "~" },
  s: { name: "skipped", glyph: "-" },
  r: { name: "reused", glyph: "=" },
  m: { name: "merged", glyph: "+" },
  " ": { name: "no cell", glyph: "" },
};

class Picture {
  static LARGEST = 16; // pixels of a cell's side
  static SMALLEST = 4;
  static GLYPHS = 9; // from this size on cells have glyphs as well

  constructor(canvas, data, told) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.data = data;
    this.told = told; // called with the cell that is looked at, or null
    this.rows = data.variants.map((_, i) => i);
    this.columns = data.columns.map((_, i) => i);
    this.left = this.top = 0;
    this.cursor = null; // {row, column}, positions in what is shown
    this.bitmap = document.createElement("canvas");
    this.waiting = false;
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("mousemove", (event) => this.#point(event));
    canvas.addEventListener("mouseleave", () => this.told(null));
    canvas.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.show(this.rows));
    this.show(this.rows);
  }

  // Show some variants, in an order; `marks` are positions before which a line is drawn.
  show(rows, marks = []) {
    this.rows = rows;
    this.marks = marks;
    this.cursor = null;
    this.#paint();
    this.resize();
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.width = Math.max(1, Math.floor(box.width));
    this.height = Math.max(1, Math.floor(box.height));
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const fits = Math.min(
      this.width / Math.max(1, this.columns.length),
      this.height / Math.max(1, this.rows.length),
    );
    this.size = Math.max(Picture.SMALLEST, Math.min(Picture.LARGEST, Math.floor(fits)));
    this.#pan(0, 0);
  }

  // Move the cursor by cells, and what is seen with it.
  move(down, right) {
    if (!this.rows.length || !this.columns.length) return;
    const { row, column } = this.cursor ?? { row: 0, column: 0 };
    const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));
    this.cursor = this.cursor
      ? { row: clamp(row + down, this.rows.length), column: clamp(column + right, this.columns.length) }
      : { row, column };
    const x = this.cursor.column * this.size;
    const y = this.cursor.row * this.size;
    if (x < this.left) this.left = x;
    if (y < this.top) this.top = y;
    if (x + this.size > this.left + this.width) this.left = x + this.size - this.width;
    if (y + this.size > this.top + this.height) this.top = y + this.size - this.height;
    this.#pan(0, 0);
    this.told(this.at(this.cursor), this.#place(this.cursor));
  }

  // Put the cursor on a cell, by variant and column.
  go(variant, column) {
    const row = this.rows.indexOf(variant);
    if (row < 0) return;
    this.cursor = { row, column: Math.max(0, this.columns.indexOf(column)) };
    this.move(0, 0);
  }

  at(cursor) {
    return cursor && { variant: this.rows[cursor.row], column: this.columns[cursor.column] };
  }

  #paint() {
    const style = getComputedStyle(document.documentElement);
    const colour = {};
    for (const [code, { name }] of Object.entries(OUTCOMES)) {
      const [r, g, b] = style
        .getPropertyValue(`--${name.replace(" ", "-")}`)
        .trim()
        .match(/[0-9a-f]{2}/gi)
        .map((digits) => parseInt(digits, 16));
      colour[code] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
    this.ink = style.getPropertyValue("--ink").trim();
    this.paper = style.getPropertyValue("--paper").trim();
    const width = (this.bitmap.width = Math.max(1, this.columns.length));
    const height = (this.bitmap.height = Math.max(1, this.rows.length));
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    this.columns.forEach((column, x) => {
      const codes = this.data.outcomes[column];
      this.rows.forEach((row, y) => (pixels[y * width + x] = colour[codes[row]]));
    });
    this.bitmap.getContext("2d").putImageData(image, 0, 0);
  }

  #pan(x, y) {
    const most = (cells, room) => Math.max(0, cells * this.size - room);
    this.left = Math.max(0, Math.min(most(this.columns.length, this.width), this.left + x));
    this.top = Math.max(0, Math.min(most(this.rows.length, this.height), this.top + y));
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  draw() {
    const { context, size, left, top } = this;
    context.fillStyle = this.paper;
    context.fillRect(0, 0, this.width, this.height);
    context.imageSmoothingEnabled = false;
    if (this.rows.length)
      context.drawImage(
        this.bitmap, -left, -top, this.columns.length * size, this.rows.length * size,
      );
    const first = { x: Math.floor(left / size), y: Math.floor(top / size) };
    const last = {
      x: Math.min(this.columns.length, Math.ceil((left + this.width) / size)),
      y: Math.min(this.rows.length, Math.ceil((top + this.height) / size)),
    };
    context.fillStyle = this.paper;
    for (let x = first.x; x < last.x; x++) context.fillRect(x * size - left, 0, 1, last.y * size - top);
    for (let y = first.y; y < last.y; y++) context.fillRect(0, y * size - top, last.x * size - left, 1);
    if (size >= Picture.GLYPHS) this.#glyphs(first, last);
    context.fillStyle = this.ink;
    for (const mark of this.marks) context.fillRect(0, mark * size - top - 1, this.width, 2);
    if (this.cursor) {
      const { x, y } = this.#place(this.cursor);
      context.strokeStyle = this.ink;
      context.lineWidth = 2;
      context.strokeRect(x, y, size, size);
    }
  }

  #glyphs(first, last) {
    const { context, size, left, top } = this;
    context.font = `${size - 3}px monospace`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = this.paper;
    for (let x = first.x; x < last.x; x++) {
      const codes = this.data.outcomes[this.columns[x]];
      for (let y = first.y; y < last.y; y++) {
        const { glyph } = OUTCOMES[codes[this.rows[y]]];
        if (glyph) context.fillText(glyph, (x + 0.5) * size - left, (y + 0.5) * size - top);
      }
    }
  }

  #place({ row, column }) {
    return { x: column * this.size - this.left, y: row * this.size - this.top };
  }

  #under(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left + this.left) / this.size);
    const row = Math.floor((event.clientY - box.top + this.top) / this.size);
    return row >= 0 && row < this.rows.length && column >= 0 && column < this.columns.length
      ? { row, column }
      : null;
  }

  #point(event) {
    const cursor = this.#under(event);
    this.told(this.at(cursor), cursor && this.#place(cursor));
  }

  #click(event) {
    const cursor = this.#under(event);
    if (!cursor) return;
    this.cursor = cursor;
    this.draw();
    this.canvas.dispatchEvent(new CustomEvent("opened", { detail: this.at(cursor) }));
  }

  #wheel(event) {
    event.preventDefault();
    if (event.ctrlKey) {
      const size = this.size - Math.sign(event.deltaY);
      this.size = Math.max(Picture.SMALLEST, Math.min(Picture.LARGEST, size));
      this.#pan(0, 0);
    } else this.#pan(event.shiftKey ? event.deltaY : event.deltaX, event.shiftKey ? 0 : event.deltaY);
  }
}
