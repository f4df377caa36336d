"""Invoices, in every variant."""

import pytest


@pytest.mark.kconfig("BILLING")
def test_total(variant):
    billing = variant.python.billing
    due = 12_345 + (2_469 if variant["VAT"] else 0)
    assert billing.total(12_345) == (due if variant["ROUND_CENTS"] else due // 100 * 100)


def test_label(variant):
    sign = "€" if variant["UTF8"] else "EUR"
    assert variant.python.billing.label(1_250).startswith(f"12.50 {sign}")


@pytest.mark.kconfig("MAIL")
def test_a_short_invoice_goes_by_mail(variant):
    pdf = variant.python.pdf
    assert pdf.SUFFIX == ".pdf"
    assert pdf.goes_by_mail(20)
    assert not pdf.goes_by_mail(21)


@pytest.mark.kconfig("AUDIT")
def test_large_sums_are_logged(variant):
    assert variant.python.audit.is_logged(10_000)


@pytest.mark.kconfig("EXPORT_PDF && !RENDERER_CAIRO")
def test_pdf_without_cairo(variant):
    assert variant.python.pdf.ENGINE == "builtin"
