// Streamlit adds a step to the browser's history whenever the address changes. Three of its habits would spoil Back: going to another
// page with a query first shows that query on the old page, a list that opens with a view is first shown without it, and every
// letter typed into a search is a step.
const TYPED = ["q", "after", "before"]

function rest(url) {
  const params = new URLSearchParams(url.search)
  for (const name of TYPED) params.delete(name)
  return url.pathname + "?" + params
}

function watch() {
  const push = history.pushState.bind(history)
  const replace = history.replaceState.bind(history)
  let untouched = "" // the address of the newest step, while nobody has touched anything since
  let typing = "" // the address of the newest step, while somebody is typing a search
  addEventListener("pointerdown", () => { untouched = typing = "" }, true)
  addEventListener("keydown", () => { untouched = "" }, true)
  history.pushState = (state, title, address) => {
    const from = new URL(location.href)
    const to = new URL(address ?? from, from)
    const halfway = untouched === from.href && (from.pathname === to.pathname ? !from.search : from.search === to.search)
    const letter = rest(from) === rest(to) && from.search !== to.search
    if (halfway || (letter && typing === from.href)) replace(state, title, address)
    else push(state, title, address)
    untouched = to.href
    typing = letter ? to.href : ""
  }
}

export default function ({ parentElement }) {
  const place = parentElement.host?.closest('[data-testid="stElementContainer"]')
  if (place) place.style.display = "none"
  if (!window.addressWatched) watch()
  window.addressWatched = true
}
