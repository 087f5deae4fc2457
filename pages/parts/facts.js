// A record's fields as a description list: labels, values, badges, links. All text is set as text, never as markup.
function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined && text !== null) node.textContent = text
  return node
}

function badge(cell) {
  const node = element("span", `badge ${cell.colour || "grey"}`)
  node.append(element("span", "dot"), element("bdi", "", cell.text))
  return node
}

function link(cell, open) {
  const node = element("a", "link", cell.text)
  node.href = cell.href
  if (cell.external) {
    node.target = "_blank"
    node.rel = "noopener noreferrer"
    return node
  }
  node.onclick = event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
    event.preventDefault()
    open(cell.open)
  }
  return node
}

function value(cell, open) {
  if (cell.kind === "badge") return badge(cell)
  if (cell.kind === "link") return link(cell, open)
  if (cell.kind === "image") {
    const picture = element("img", "picture")
    picture.src = cell.src
    picture.alt = cell.text
    return picture
  }
  if (cell.kind === "colour") {
    const node = element("span", "swatch-row")
    const swatch = element("span", "swatch")
    swatch.style.background = /^#[0-9a-f]{6}$/i.test(cell.text) ? cell.text : "transparent"
    node.append(swatch, element("span", "", cell.text))
    return node
  }
  const node = element("bdi", cell.muted ? "muted" : cell.numeric ? "numeric" : "", cell.text)
  if (cell.title) node.title = cell.title
  return node
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".facts")
  const open = target => setTriggerValue("open", target)
  const groups = data.groups.map(group => {
    const section = element("section", "group")
    if (group.title) section.append(element("h3", "", group.title))
    const list = element("dl", "")
    for (const row of group.rows) {
      const pair = element("div", row.wide ? "pair wide" : "pair")
      const term = element("dt", "", row.label)
      if (row.help) term.title = row.help
      const detail = element("dd", "")
      for (const cell of row.cells) detail.append(value(cell, open))
      pair.append(term, detail)
      list.append(pair)
    }
    section.append(list)
    return section
  })
  root.replaceChildren(...groups)
}
