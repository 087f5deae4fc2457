// What belongs to no place on the page: shortcuts of one key, the appearance that the person chose, the language of the document.
const THEMES = { system: null, light: "Light", dark: "Dark" }
const PREFIX = "stActiveTheme-"
const VERSION = "-v2"
const WAIT = 1200

function effective(stored) {
  if (stored) return stored
  return matchMedia("(prefers-color-scheme: dark)").matches ? "Dark" : "Light"
}

// Streamlit keeps the appearance per path and reads it once, when the page loads.
function appear(theme, paths) {
  let stored
  try {
    const kept = localStorage.getItem(PREFIX + location.pathname + VERSION)
    stored = kept === null || kept === '"System"' ? null : JSON.parse(kept)
    const wanted = THEMES[theme] ?? null
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && localStorage.getItem(key) !== JSON.stringify(wanted)) localStorage.removeItem(key)
    }
    if (wanted) {
      for (const path of [location.pathname, ...paths]) localStorage.setItem(PREFIX + path + VERSION, JSON.stringify(wanted))
    }
    if (effective(stored) !== effective(wanted)) location.reload()
  } catch {
    // A browser that keeps nothing shows the appearance of the device.
  }
}

function typing(target) {
  return target?.closest?.("input, textarea, select, [contenteditable=true], [role=textbox], [role=combobox], [role=listbox]") != null
}

function pressed(event, state) {
  const target = event.composedPath()[0]
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(target)) return
  if (document.querySelector("[role=dialog]")) return
  const leading = state.leading && Date.now() - state.leading < WAIT
  state.leading = 0
  const key = event.key
  if (leading && state.data.go[key]) {
    event.preventDefault()
    state.send("go", key)
  } else if (key === "g") {
    state.leading = Date.now()
  } else if (state.data.keys[key]) {
    event.preventDefault()
    state.send("press", key)
  }
}

// Links in plain HTML that lead to a page of the product open it in this session.
function clicked(event, state) {
  const link = event.target.closest?.("a.page-link")
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  event.preventDefault()
  const url = new URL(link.href, location.href)
  const params = {}
  for (const key of new Set(url.searchParams.keys())) params[key] = url.searchParams.getAll(key)
  state.send("open", { path: url.pathname.split("/").pop(), params })
}

const states = new WeakMap()

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!data) return
  document.documentElement.lang = data.lang
  let state = states.get(parentElement)
  if (!state) {
    state = { leading: 0 }
    states.set(parentElement, state)
    state.listener = (event) => pressed(event, state)
    state.opener = (event) => clicked(event, state)
    document.addEventListener("keydown", state.listener)
    document.addEventListener("click", state.opener)
  }
  state.data = data
  state.send = setTriggerValue
  if (state.theme !== data.theme) {
    state.theme = data.theme
    appear(data.theme, data.paths)
  }
  return () => {
    document.removeEventListener("keydown", state.listener)
    document.removeEventListener("click", state.opener)
    states.delete(parentElement)
  }
}
