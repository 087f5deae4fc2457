// The search box: results under it as one types, chosen with the arrow keys.
const PAUSE = 120

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

// The text with these spans of characters marked. Characters are counted as Python counts them.
function marked(text, spans) {
  const signs = [...text]
  const made = element("span")
  let at = 0
  for (const [start, end] of spans ?? []) {
    if (start < at) continue
    made.append(signs.slice(at, start).join(""), element("mark", { textContent: signs.slice(start, end).join("") }))
    at = end
  }
  made.append(signs.slice(at).join(""))
  return made
}

function build(slot, send) {
  const input = element("input", { type: "search", autocomplete: "off", spellcheck: false })
  input.setAttribute("role", "combobox")
  input.setAttribute("aria-expanded", "true")
  input.setAttribute("aria-controls", "hits")
  const list = element("div", { id: "hits", className: "hits" })
  list.setAttribute("role", "listbox")
  const hint = element("p", { className: "hint" })
  slot.replaceChildren(input, list, hint)
  const state = { input, list, hint, at: 0, timer: 0, lines: [] }

  input.addEventListener("input", () => {
    clearTimeout(state.timer)
    state.timer = setTimeout(() => state.ask(input.value), PAUSE)
  })
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      choose(state, (state.at + step + state.lines.length) % Math.max(state.lines.length, 1))
    } else if (event.key === "Enter") {
      event.preventDefault()
      state.lines[state.at]?.click()
    }
  })
  // The dialog takes the focus while it opens.
  for (const wait of [0, 60, 200, 400]) setTimeout(() => !slot.getRootNode().activeElement && input.focus(), wait)
  return state
}

function choose(state, at) {
  state.lines[state.at]?.removeAttribute("aria-selected")
  state.at = at
  const line = state.lines[at]
  line?.setAttribute("aria-selected", "true")
  line?.scrollIntoView({ block: "nearest" })
  state.input.setAttribute("aria-activedescendant", line?.id ?? "")
}

function draw(state, data) {
  state.lines = []
  const parts = []
  for (const group of data.groups) {
    parts.push(element("div", { className: "group" }, icon(group.icon), group.title))
    for (const hit of group.hits) {
      const texts = element("span", { className: "texts" }, element("span", { className: "title" }, marked(hit.title, hit.marks)))
      if (hit.second) texts.append(element("span", { className: "second", textContent: hit.second }))
      const line = element("a", { href: hit.href, id: `hit-${state.lines.length}`, className: "hit" }, icon(hit.icon), texts)
      line.setAttribute("role", "option")
      line.tabIndex = -1
      line.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        state.open({ path: hit.path, id: hit.id ?? null, new: hit.new ?? false })
      })
      const at = state.lines.push(line) - 1
      line.addEventListener("mousemove", () => state.at !== at && choose(state, at))
      parts.push(line)
    }
  }
  if (!state.lines.length) parts.push(element("p", { className: "nothing", textContent: data.words.nothing }))
  state.list.replaceChildren(...parts)
  choose(state, 0)
}

const states = new WeakMap()

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component
  if (!data) return
  const slot = parentElement.querySelector(".slot")
  let state = states.get(slot)
  if (!state) {
    state = build(slot)
    states.set(slot, state)
  }
  state.ask = (text) => setStateValue("q", text)
  state.open = (chosen) => setTriggerValue("open", chosen)
  state.input.placeholder = data.words.find
  state.input.setAttribute("aria-label", data.words.find)
  state.hint.textContent = data.words.keys
  const seen = JSON.stringify(data)
  if (state.seen !== seen) {
    state.seen = seen
    draw(state, data)
  }
}
