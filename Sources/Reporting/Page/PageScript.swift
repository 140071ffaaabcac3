/// What the page does beyond showing itself: tables sort, numbers open their definition.
///
/// Without it everything can still be read: terms link to the list of definitions.
enum PageScript {
  static let javaScript = #"""
    "use strict";
    for (const table of document.querySelectorAll("table.data")) {
      const headings = [...table.tHead.rows[0].cells];
      headings.forEach((heading, column) => {
        heading.addEventListener("click", event => {
          if (event.target.closest(".term")) return;
          const ascending = heading.getAttribute("aria-sort") !== "ascending";
          headings.forEach(other => other.removeAttribute("aria-sort"));
          heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
          const key = row => {
            const cell = row.cells[column];
            if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
            return heading.classList.contains("number") ? NaN : cell.textContent;
          };
          const body = table.tBodies[0];
          const rows = [...body.rows].map(row => [key(row), row]);
          rows.sort(([a], [b]) => {
            // What is absent goes last, whichever way the rest is sorted.
            if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
            const order = typeof a === "number"
              ? a - b : a.localeCompare(b, "en", {numeric: true});
            return ascending ? order : -order;
          });
          body.append(...rows.map(([, row]) => row));
        });
      });
      table.tBodies[0].addEventListener("click", event => {
        const cell = event.target.closest("td[data-value]");
        const term = cell && headings[cell.cellIndex].querySelector(".term");
        if (term) explain(term.dataset.term, cell, cell.dataset.value);
      });
    }
    const popover = document.getElementById("definition");
    function explain(term, anchor, exact) {
      const entry = document.getElementById("term-" + term);
      if (!entry || !popover.showPopover) return false;
      popover.replaceChildren(...[...entry.children].map(child => child.cloneNode(true)));
      if (exact !== undefined) {
        const line = document.createElement("p");
        line.className = "exact";
        line.textContent = "this value: " + exact;
        popover.append(line);
      }
      popover.hidePopover();
      popover.showPopover();
      const place = anchor.getBoundingClientRect();
      const {offsetWidth: width, offsetHeight: height} = popover;
      const room = document.documentElement.clientWidth - width - 12;
      popover.style.left = Math.max(12, Math.min(place.left, room)) + "px";
      const below = place.bottom + 8;
      popover.style.top = (below + height < window.innerHeight
        ? below : Math.max(12, place.top - height - 8)) + "px";
      return true;
    }
    for (const link of document.querySelectorAll("a.term")) {
      link.addEventListener("click", event => {
        if (explain(link.dataset.term, link)) event.preventDefault();
      });
    }
    window.addEventListener("scroll", () => popover.matches(":popover-open") && popover.hidePopover(), {passive: true});
    window.addEventListener("beforeprint", () => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    """#
}
