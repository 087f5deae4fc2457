// What the picker is made of: buttons, chips, and options with what was typed marked in them. Every text is set as text.

function button(className, icon) {
  const node = element("button", className, element("span", icon))
  node.type = "button"
  node.tabIndex = -1
  return node
}

function words(term) {
  return term.trim().toLowerCase().split(/\s+/).filter(Boolean).sort((a, b) => b.length - a.length)
}

/** `text` in a <bdi>, with what was typed marked in it. */
function marked(text, parts) {
  const node = element("bdi")
  const low = text.toLowerCase()
  if (low.length !== text.length) parts = [] // letters whose lower case is longer: the places would not match
  let at = 0
  while (at < text.length) {
    let next = text.length
    let found = ""
    for (const part of parts) {
      const place = low.indexOf(part, at)
      if (place >= 0 && place < next) [next, found] = [place, part]
    }
    if (next > at) node.append(text.slice(at, next))
    if (found) node.append(element("mark", "", text.slice(next, next + found.length)))
    at = next + found.length
  }
  return node
}

function chip(option, remove, disabled) {
  const cross = button("remove", "cross")
  cross.ariaLabel = remove.replace("{text}", () => option[1])
  cross.disabled = disabled
  cross.dataset.id = option[0]
  const node = element("span", "chip", bdi(option[1]), cross)
  node.title = lines(option)
  return node
}

/** Both lines of an option, for the pointer that rests on it. */
function lines(option) {
  return [option[1], option[2]].filter(Boolean).join("\n")
}

function entry(option, parts, chosen) {
  const node = element("li", chosen ? "chosen" : "", element("span", "first", marked(option[1], parts)))
  if (option[2]) node.append(element("span", "second", marked(option[2], parts)))
  node.role = "option"
  node.ariaSelected = String(chosen)
  return node
}

function adder(text) {
  const node = element("li", "adder", element("span", "first", element("span", "plus"), bdi(text)))
  node.role = "option"
  node.ariaSelected = "false"
  return node
}
