// Streamlit takes over what is typed when a field is left. Here also at a pause, so that the draft has it when the browser closes.
// The field is told that it is left and entered again; the focus and the cursor never move.

const PAUSE = 1200 // ms

const FIELDS = "[data-testid=stTextInput] input, [data-testid=stTextArea] textarea"

let timer

function commit(field) {
  if (document.activeElement !== field) return // it was left, and has been taken over
  field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }))
  field.dispatchEvent(new FocusEvent("focusin", { bubbles: true }))
}

function onInput(event) {
  clearTimeout(timer)
  const field = event.target
  if (event.isComposing || !field.matches?.(FIELDS) || !field.closest(".stMain")) return
  timer = setTimeout(commit, PAUSE, field)
}

export default function () {
  document.addEventListener("input", onInput) // once, however often it is added
  document.addEventListener("compositionend", onInput)
  return () => {
    document.removeEventListener("input", onInput)
    document.removeEventListener("compositionend", onInput)
  }
}
