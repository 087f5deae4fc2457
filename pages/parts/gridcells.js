// What stands in a cell of the grid, and in its head. Every text is set as text, never as markup; an address that would run is left out.

const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"])

function safe(href) {
  try {
    return SCHEMES.has(new URL(href, document.baseURI).protocol) ? href : ""
  } catch {
    return ""
  }
}

function safeImage(src) {
  try {
    return new URL(src, document.baseURI).origin === location.origin || src.startsWith("data:image/") ? src : ""
  } catch {
    return ""
  }
}

function anchor(className, href, text) {
  const node = element("a", className, bdi(text))
  const target = safe(href)
  if (target) node.href = target
  node.tabIndex = -1
  return node
}

/** The content of a rich cell of this kind of column. */
function content(kind, cell) {
  if (Array.isArray(cell)) return element("span", "badges", ...cell.map(badge))
  if (kind === "badge" || kind === "badges") return badge(cell)
  if (kind === "boolean") return element("span", cell.on ? "tick" : "dash", element("span", "unseen", cell.text))
  if (kind === "progress") return progress(cell)
  if (kind === "image") return image(cell)
  if ((kind === "reference" || kind === "link") && cell.href) return link(kind, cell)
  const node = bdi(cell.text)
  if (cell.colour) node.dataset.colour = cell.colour
  return node
}

function badge(cell) {
  const node = element("span", "badge", element("span", "dot"), bdi(cell.text))
  node.dataset.colour = cell.colour ?? "grey"
  if (cell.title) node.title = cell.title
  return node
}

function progress(cell) {
  const share = Math.min(1, Math.max(0, Number(cell.share) || 0))
  const fill = element("span", "fill")
  fill.style.width = `${share * 100}%`
  const node = element("span", "progress", element("span", "track", fill), bdi(cell.text))
  node.dataset.colour = cell.colour ?? "blue"
  return node
}

function image(cell) {
  const node = element("img")
  node.loading = "lazy"
  node.alt = cell.text
  const src = safeImage(cell.src ?? "")
  if (src) node.src = src
  return node
}

function link(kind, cell) {
  const node = anchor(kind, cell.href, cell.text)
  if (kind === "link") {
    node.target = "_blank"
    node.rel = "noopener noreferrer"
  } else if (cell.id) node.dataset.id = cell.id
  return node
}

function box(name) {
  const node = element("input")
  node.type = "checkbox"
  node.tabIndex = -1
  node.setAttribute("aria-label", name)
  return node
}

function headCell(column, index, classes) {
  const title = element("span", "name", bdi(column.title))
  if (column.unit) title.append(element("span", "unit", column.unit))
  let inner = title
  if (column.sortable) {
    inner = element("button", "sort", title, element("span", "arrow"))
    inner.type = "button"
    inner.dataset.column = index
  }
  if (column.help) {
    inner.title = column.help
    inner.classList.add("helped")
  }
  const cell = element("th", classes, inner)
  cell.scope = "col"
  cell.role = "columnheader"
  return cell
}

/** Sorting where there is no head to press on. */
function sorter(columns, words) {
  const node = element("select")
  node.setAttribute("aria-label", words.sort)
  node.append(new Option(words.unsorted, ""))
  columns.forEach((column, index) => {
    if (!column.sortable) return
    node.append(new Option(`${column.title} · ${words.ascending}`, `${index} 0`), new Option(`${column.title} · ${words.descending}`, `${index} 1`))
  })
  return node
}
