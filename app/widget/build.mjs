/**
 * Builds the widget: `node build.mjs [--if-stale] [--out FOLDER]`.
 *
 * The built files are committed, so that nobody needs node to run Guichet. Whether they
 * are stale is told by the hash of the sources in build.json, not by file times: a
 * fresh clone gives every file the time of the checkout.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const option = process.argv.indexOf("--out");
const out = option < 0 ? resolve(here, "../web/static/widget") : resolve(process.argv[option + 1]);
const stamp = join(out, "build.json");

/** SHA-256 of everything that decides what is built. */
function sourceHash() {
  const hash = createHash("sha256");
  const files = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of [...files, join(here, "build.mjs"), join(here, "package-lock.json")].sort()) {
    hash.update(relative(here, file).replaceAll("\\", "/")).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

const sources = sourceHash();
if (process.argv.includes("--if-stale") && existsSync(stamp)) {
  if (JSON.parse(readFileSync(stamp, "utf8")).sources === sources) process.exit(0);
}
if (!existsSync(join(here, "node_modules", "esbuild"))) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: here, stdio: "inherit" });
}
const { build, transform } = await import("esbuild");

/** A stylesheet imported as its minified text. */
const cssText = {
  name: "css-text",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

async function bundle(entry, format, define = {}) {
  const result = await build({
    entryPoints: [join(here, "src", entry)],
    absWorkingDir: here,
    bundle: true,
    charset: "utf8",
    define,
    format,
    legalComments: "none",
    minify: true,
    plugins: [cssText],
    target: ["es2022"],
    write: false,
  });
  return result.outputFiles[0].contents;
}

// One panel a language: nobody fetches the sentences of another.
const panels = { "panel.en.js": await bundle("panel.en.ts", "esm"), "panel.js": await bundle("panel.ts", "esm") };
const version = createHash("sha256").update(panels["panel.en.js"]).update(panels["panel.js"]).digest("hex").slice(0, 12);
const files = {
  ...panels,
  "configurator.js": await bundle("configurator.ts", "esm"),
  "guichet-chat.d.ts": readFileSync(join(here, "src", "guichet-chat.d.ts")),
  "widget.js": await bundle("loader.ts", "iife", { PANEL_VERSION: JSON.stringify(version) }),
};

mkdirSync(out, { recursive: true });
for (const [name, content] of Object.entries(files)) writeFileSync(join(out, name), content);
const told = { sources, panel: version };
writeFileSync(stamp, `${JSON.stringify(told, null, 2)}\n`);
for (const name of ["widget.js", ...Object.keys(panels)]) {
  console.log(`${name}: ${files[name].length} bytes, ${gzipSync(files[name], { level: 9 }).length} gzip`);
}
