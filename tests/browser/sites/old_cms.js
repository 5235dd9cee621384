/* What libraries of the 2000s did to the built-ins, after prototype.js and its like; written for these tests. */
(function () {
  function extend(target, source) { for (var name in source) target[name] = source[name]; return target; }
  window.$ = function (id) { return typeof id === "string" ? document.getElementById(id) : id; };
  window.$$ = function (selector) { return Array.from(document.querySelectorAll(selector)); };
  window.$A = function (iterable) {
    if (!iterable) return [];
    var length = iterable.length || 0, results = new Array(length);
    while (length--) results[length] = iterable[length];
    return results;
  };
  Array.from = window.$A;
  extend(Array.prototype, {
    each: function (f) { for (var i = 0; i < this.length; i++) f(this[i], i); return this; },
    toJSON: function () { return "[" + this.map(function (v) { return JSON.stringify(v); }).join(", ") + "]"; },
    reduce: function () { return this.length > 1 ? this : this[0]; },
    entries: function () { return this.slice(0); },
    first: function () { return this[0]; },
    last: function () { return this[this.length - 1]; },
    clear: function () { this.length = 0; return this; },
    flatten: function () { return this; },
    include: function (v) { return this.indexOf(v) !== -1; },
    size: function () { return this.length; }
  });
  extend(String.prototype, {
    toJSON: function () { return '"' + this + '"'; },
    strip: function () { return this.replace(/^\s+|\s+$/g, ""); },
    startsWith: function (p) { return this.indexOf(p) === 0; },
    times: function (n) { return new Array(n + 1).join(this); }
  });
  Number.prototype.toJSON = function () { return String(this); };
  Date.prototype.toJSON = function () { return '"old"'; };
  Object.keys = function (object) { var r = []; for (var k in object) if (object.hasOwnProperty(k)) r.push(k); return r; };
  Object.prototype.inherited = "from an old library";
  Function.prototype.bind = function (context) { var f = this; return function () { return f.apply(context, arguments); }; };
  var OldElement = window.Element;
  window.Element = function (tag) { return document.createElement(tag); };
  extend(window.Element, OldElement);
  window.Element.prototype = OldElement.prototype;
  extend(HTMLElement.prototype, {
    hide: function () { this.style.display = "none"; return this; },
    show: function () { this.style.display = ""; return this; },
    update: function (html) { this.innerHTML = html; return this; },
    remove: function () { if (this.parentNode) this.parentNode.removeChild(this); return this; },
    select: function (s) { return this.querySelectorAll(s); },
    insert: function (html) { this.innerHTML += html; return this; },
    visible: function () { return this.style.display !== "none"; },
    observe: function (name, f) { this.addEventListener(name, f, false); return this; }
  });
  window.Event = extend(window.Event, { observe: function (e, n, f) { e.addEventListener(n, f, false); }, KEY_ESC: 27 });
  window.open = window.close = window.name = "taken";
  window.Hash = window.Ajax = window.Form = window.Field = window.Template = window.Position = {};
})();
