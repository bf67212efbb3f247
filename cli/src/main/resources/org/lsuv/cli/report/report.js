// Sorts the table of layers. Everything else on the page needs no script.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const titles = Array.from(table.tHead.rows[0].cells);
  const key = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.v;
    return value === undefined ? cell.textContent : value === "" ? NaN : Number(value);
  };
  const compare = (a, b) => {
    if (typeof a === "string") return a.localeCompare(b, "en", { numeric: true });
    // What was not measured comes last, either way.
    if (isNaN(a) || isNaN(b)) return NaN;
    return a < b ? -1 : a > b ? 1 : 0;
  };
  titles.forEach((title, column) => {
    title.querySelector("button").addEventListener("click", () => {
      const descends = title.getAttribute("aria-sort") === "ascending";
      titles.forEach((other) => other.setAttribute("aria-sort", "none"));
      title.setAttribute("aria-sort", descends ? "descending" : "ascending");
      const sign = descends ? -1 : 1;
      const rows = Array.from(body.rows, (row, place) => ({ row, place, key: key(row, column) }));
      rows.sort((a, b) => {
        const order = compare(a.key, b.key);
        if (!isNaN(order)) return sign * order || a.place - b.place;
        return Number(isNaN(a.key)) - Number(isNaN(b.key)) || a.place - b.place;
      });
      body.append(...rows.map((entry) => entry.row));
    });
  });
}
