// The menu at the side: areas that open and close, a box to find a page by name. What is open is remembered by the browser.
const OPEN = "centre.menu.open"

function remembered() {
  try {
    return new Set(JSON.parse(localStorage.getItem(OPEN) ?? "[]"))
  } catch {
    return new Set()
  }
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

function icon(name) {
  const made = element("span", { className: "icon", textContent: name })
  made.setAttribute("aria-hidden", "true")
  return made
}

function link(line, current, open, className = "") {
  const made = element("a", { href: line.href, className, title: line.title }, icon(line.icon), element("span", { className: "text", textContent: line.title }))
  if (line.path === current) made.setAttribute("aria-current", "page")
  made.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    open(line.path)
  })
  return made
}

// On a phone the sidebar covers the page; a press on the page closes it.
function uncover() {
  document.querySelector(".stMain")?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }))
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const slot = parentElement.querySelector(".slot")
  const seen = JSON.stringify(data)
  if (!data || slot.dataset.seen === seen) return
  slot.dataset.seen = seen
  const opened = remembered()
  const typed = slot.querySelector("input")?.value ?? ""
  const open = (path) => {
    setTriggerValue("open", path)
    uncover()
  }

  const nav = element("nav", { className: "menu" })
  nav.setAttribute("aria-label", data.words.menu)
  nav.append(element("div", { className: "centre", textContent: data.centre, title: data.centre }))
  for (const line of data.tops) nav.append(link(line, data.current, open, "top"))

  const find = element("input", { type: "search", placeholder: data.words.find, value: typed, autocomplete: "off" })
  find.setAttribute("aria-label", data.words.find)
  nav.append(find)

  const groups = data.areas.map((area) => {
    const holds = area.path === data.current || area.pages.some((page) => page.path === data.current)
    const group = element("details", { open: holds || opened.has(area.name) })
    const head = element("summary", {}, icon(area.icon), element("span", { className: "text", textContent: area.title }))
    const pages = element("div", { className: "pages" })
    const overview = link({ ...area, title: area.title, icon: "grid_view" }, data.current, open, "overview")
    overview.querySelector(".text").textContent = data.words.overview
    pages.append(overview, ...area.pages.map((page) => link(page, data.current, open)))
    group.append(head, pages)
    head.addEventListener("click", () => {
      const now = remembered()
      if (group.open) now.delete(area.name)
      else now.add(area.name)
      localStorage.setItem(OPEN, JSON.stringify([...now]))
    })
    nav.append(group)
    return { area, group, pages, was: group.open }
  })
  const nothing = element("p", { className: "nothing", textContent: data.words.nothing, hidden: true })
  nav.append(nothing)

  const narrow = () => {
    const wanted = find.value.trim().toLowerCase()
    let found = 0
    for (const { area, group, pages, was } of groups) {
      const whole = area.title.toLowerCase().includes(wanted)
      let shown = 0
      for (const page of pages.children) {
        const fits = !wanted || whole || page.title.toLowerCase().includes(wanted)
        page.hidden = !fits
        shown += fits ? 1 : 0
      }
      group.hidden = wanted !== "" && shown === 0
      group.open = wanted ? true : was
      found += shown
    }
    nothing.hidden = found > 0
  }
  find.addEventListener("input", narrow)
  find.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      find.value = ""
      narrow()
    }
    if (event.key === "Enter") nav.querySelector("details:not([hidden]) .pages a:not([hidden])")?.click()
  })
  slot.replaceChildren(nav)
  if (typed) narrow()
}
