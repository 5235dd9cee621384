// Where the FAQ has several pages, an address that names an entry of another one (/faq#entry) leads there.
(() => {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id && !document.getElementById(id)) {
    const there = new URL(location.pathname, location.href);
    there.searchParams.set("entree", id);
    if (new URLSearchParams(location.search).get("entree") !== id) location.replace(`${there.href}${location.hash}`);
  }
})();
