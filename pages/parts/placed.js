// What the grid and the picker share. Streamlit may take a component off the page and put it back at once, when something above
// it comes or goes: so its elements are kept by key, and move to the new place with all that is in them.

const KEPT_FOR = 2000 // ms without a place before they are given up

function element(tag, className = "", ...children) {
  const node = document.createElement(tag)
  if (className) node.className = className
  node.append(...children)
  return node
}

function bdi(text) {
  const node = document.createElement("bdi")
  node.textContent = text
  return node
}

/** What Streamlit calls when there is something new to draw: `Kind` is a `Placed`, one instance for each key. */
function mount(Kind) {
  const all = new Map()
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    let one = all.get(data.key)
    if (!one) all.set(data.key, (one = new Kind(data.key)))
    one.setState = setStateValue
    one.trigger = setTriggerValue
    one.moveTo(parentElement)
    one.update(data)
    return () => one.leave(parentElement, () => all.delete(data.key))
  }
}

/** Has `root`, its elements; `update(data)`; and, if it likes, `arrive()` after a move and `end()`. */
class Placed {
  moveTo(home) {
    clearTimeout(this.leaving)
    this.home = home
    const slot = home.querySelector(".slot")
    if (this.root.parentNode === slot) return
    slot.append(this.root)
    this.arrive()
  }

  leave(home, forget) {
    if (this.home !== home) return
    this.left = performance.now()
    this.leaving = setTimeout(() => {
      this.end()
      forget()
    }, KEPT_FOR)
  }

  arrive() {}

  end() {}
}
