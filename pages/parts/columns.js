// The columns of a list: tick to show, drag or press the arrows to move. All text is set as text, never as markup.
const states = new WeakMap()

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties)
  node.append(...children)
  return node
}

function arrow(text, symbol, move) {
  const button = element("button", { type: "button", className: "arrow", textContent: symbol, title: text, onclick: move })
  button.setAttribute("aria-label", text)
  return button
}

export default function ({ data, parentElement, setTriggerValue }) {
  const slot = parentElement.querySelector(".slot")
  const state = states.get(parentElement) ?? { n: data.n }
  states.set(parentElement, state)
  state.n = Math.max(state.n, data.n)
  if (state.drawn && data.n < state.n) return // the server has not yet seen the newest choice
  const focus = parentElement.activeElement?.dataset?.focus

  const list = element("ul", {})
  const say = () => {
    const names = [...list.children].filter(row => row.querySelector("input").checked).map(row => row.dataset.name)
    state.n += 1
    setTriggerValue("chosen", { n: state.n, names })
  }
  const move = (row, step) => {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling
    if (!other) return
    step < 0 ? other.before(row) : other.after(row)
    say()
  }
  for (const column of data.columns) {
    const tick = element("input", { type: "checkbox", checked: column.shown, disabled: column.fixed, onchange: say })
    tick.dataset.focus = `${column.name} tick`
    const row = element("li", { draggable: column.shown })
    row.dataset.name = column.name
    const up = arrow(`${data.labels.up}: ${column.title}`, "↑", () => move(row, -1))
    const down = arrow(`${data.labels.down}: ${column.title}`, "↓", () => move(row, 1))
    up.dataset.focus = `${column.name} up`
    down.dataset.focus = `${column.name} down`
    row.append(
      element("span", { className: "handle", textContent: "⠿", title: data.labels.drag, ariaHidden: "true" }),
      element("label", {}, tick, element("span", { textContent: column.title })),
      ...(column.shown ? [up, down] : []),
    )
    row.classList.toggle("shown", column.shown)
    row.ondragstart = event => {
      event.dataTransfer.effectAllowed = "move"
      event.dataTransfer.setData("text/plain", column.title)
      state.dragged = row
      row.classList.add("dragged")
    }
    row.ondragover = event => {
      if (!state.dragged || state.dragged === row || !column.shown) return
      event.preventDefault()
      const box = row.getBoundingClientRect()
      event.clientY < box.top + box.height / 2 ? row.before(state.dragged) : row.after(state.dragged)
    }
    row.ondrop = event => event.preventDefault()
    row.ondragend = () => {
      row.classList.remove("dragged")
      state.dragged = null
      say()
    }
    list.append(row)
  }
  slot.replaceChildren(list)
  state.drawn = true
  if (focus) slot.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus()
}
