// SPDX-License-Identifier: MIT
// Kconfig expressions, as kvariant.kconfig.expression has them: 0, 1, 2 for n, m, y.
"use strict";

const expression = (() => {
  const TOKEN =
    /\s*(?:(&&|\|\||!=|<=|>=|[!()=<>])|([A-Za-z0-9_./-]+|\$\(\w+\))|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/y;
  const RELATIONS = {
    "=": (order) => order === 0,
    "!=": (order) => order !== 0,
    "<": (order) => order < 0,
    "<=": (order) => order <= 0,
    ">": (order) => order > 0,
    ">=": (order) => order >= 0,
  };
  const LEVELS = { n: 0, m: 1, y: 2 };

  class Unreadable extends Error {}

  function tokens(text) {
    const found = [];
    const end = text.trimEnd().length;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < end) {
      const at = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (!match) throw new Unreadable(`unexpected ${text.slice(at).trimStart()[0]}`);
      if (match[1] !== undefined) found.push({ operator: match[1] });
      else if (match[2] !== undefined)
        found.push(match[2] in LEVELS ? { constant: match[2] } : { name: match[2] });
      else found.push({ constant: (match[3] ?? match[4]).replace(/\\(.)/gs, "$1") });
    }
    return found;
  }

  // Return a function of (text of a name or undefined, type of a name or undefined).
  function parse(text) {
    const left = tokens(text);
    let index = 0;
    const accept = (operator) => left[index]?.operator === operator && ++index > 0;
    const expected = (what) => {
      const token = left[index];
      const shown = token ? (token.operator ?? token.name ?? `"${token.constant}"`) : "the end";
      return new Unreadable(`expected ${what}, found ${shown}`);
    };

    function or() {
      const terms = [and()];
      while (accept("||")) terms.push(and());
      return terms.length === 1 ? terms[0] : (row) => Math.max(...terms.map((term) => term(row)));
    }
    function and() {
      const terms = [not()];
      while (accept("&&")) terms.push(not());
      return terms.length === 1 ? terms[0] : (row) => Math.min(...terms.map((term) => term(row)));
    }
    function not() {
      if (accept("!")) {
        const term = not();
        return (row) => 2 - term(row);
      }
      if (accept("(")) {
        const inner = or();
        if (!accept(")")) throw expected("')'");
        return inner;
      }
      return comparison();
    }
    function comparison() {
      const a = operand();
      const relation = RELATIONS[left[index]?.operator];
      if (!relation) return (row) => level(a, row);
      index += 1;
      const b = operand();
      return (row) => (relation(ordering(side(a, row), side(b, row))) ? 2 : 0);
    }
    function operand() {
      const token = left[index];
      if (!token || token.operator) throw expected("a symbol");
      index += 1;
      return token;
    }

    const found = or();
    if (index < left.length) throw expected("&& or ||");
    return found;
  }

  function level(token, row) {
    if (token.constant !== undefined) return LEVELS[token.constant] ?? 0;
    const kind = row.type(token.name);
    if (kind !== undefined && !isLogical(kind)) return 0;
    return LEVELS[row.text(token.name)] ?? 0;
  }

  const isLogical = (kind) => kind === "bool" || kind === "tristate";

  function side(token, row) {
    if (token.constant !== undefined)
      return { text: token.constant, kind: token.constant in LEVELS ? "tristate" : undefined };
    const text = row.text(token.name);
    const kind = row.type(token.name) ?? (text in LEVELS ? "tristate" : undefined);
    return { text: text ?? token.name, kind };
  }

  function ordering(a, b) {
    if (!(a.kind === "string" && b.kind === "string")) {
      const x = number(a);
      const y = number(b);
      if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
    }
    return byCodePoint(a.text, b.text);
  }

  function byCodePoint(a, b) {
    const x = Array.from(a, (c) => c.codePointAt(0));
    const y = Array.from(b, (c) => c.codePointAt(0));
    for (let i = 0; i < Math.min(x.length, y.length); i++)
      if (x[i] !== y[i]) return x[i] < y[i] ? -1 : 1;
    return Math.sign(x.length - y.length);
  }

  // Return what Python's int(text, base) makes of a text, undefined where it is no number.
  function number({ text, kind }) {
    if (isLogical(kind)) return BigInt(LEVELS[text] ?? 0);
    const plain = text.trim();
    const sign = plain.startsWith("-") ? -1n : 1n;
    const digits = plain.replace(/^[+-]/, "");
    const marked = { x: 16, o: 8, b: 2 }[/^0([xob])/i.exec(digits)?.[1].toLowerCase()];
    const base = kind === "int" ? 10 : kind === "hex" ? 16 : (marked ?? 10);
    const bare = marked === base && base !== 10 ? digits.slice(2).replace(/^_/, "") : digits;
    const shape = { 2: "[01]", 8: "[0-7]", 10: "\\d", 16: "[0-9a-f]" }[base];
    if (!new RegExp(`^${shape}+(?:_${shape}+)*$`, "i").test(bare)) return undefined;
    if (kind !== "int" && kind !== "hex" && base === 10 && /^0[\d_]*[1-9]/.test(bare))
      return undefined; // int("007", 0) is none
    const joined = bare.replaceAll("_", "");
    const mark = { 2: "0b", 8: "0o", 10: "", 16: "0x" }[base];
    return sign * BigInt(mark + joined);
  }

  return { parse, Unreadable };
})();

if (typeof module !== "undefined") module.exports = expression;
