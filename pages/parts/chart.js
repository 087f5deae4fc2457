// A chart as a picture: what Vega has drawn, with the title above it, on the ground of the page.
const SCALE = 2, MARGIN = 16, HEAD = 36

function drawing(key) {
  return document.querySelector(`[class*="st-key-${CSS.escape(key)}"] .vega-embed :is(svg.marks, canvas.marks)`)
}

function ground(node) {
  for (let one = node; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor
    if (colour && !/rgba\(0, 0, 0, 0\)|transparent/.test(colour)) return colour
  }
  return "#ffffff"
}

function framed(node, title) {
  const { width, height } = node.getBoundingClientRect()
  const style = getComputedStyle(node.closest(".vega-embed"))
  const NS = "http://www.w3.org/2000/svg"
  const svg = document.createElementNS(NS, "svg")
  const full = { width: width + 2 * MARGIN, height: height + HEAD + 2 * MARGIN }
  for (const [name, value] of Object.entries(full)) svg.setAttribute(name, value)
  svg.setAttribute("xmlns", NS)
  svg.style.fontFamily = style.fontFamily
  const rect = document.createElementNS(NS, "rect")
  rect.setAttribute("width", "100%")
  rect.setAttribute("height", "100%")
  rect.setAttribute("fill", ground(node))
  const text = document.createElementNS(NS, "text")
  for (const [name, value] of Object.entries({ x: MARGIN, y: MARGIN + 18, fill: style.color, "font-size": 18, "font-weight": 600 })) text.setAttribute(name, value)
  text.textContent = title
  let inner
  if (node.localName === "canvas") {
    inner = document.createElementNS(NS, "image")
    inner.setAttribute("href", node.toDataURL())
  } else {
    inner = node.cloneNode(true)
  }
  for (const [name, value] of Object.entries({ x: MARGIN, y: MARGIN + HEAD, width, height })) inner.setAttribute(name, value)
  svg.append(rect, text, inner)
  return { source: new XMLSerializer().serializeToString(svg), ...full }
}

function save(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

function asSvg({ source }, name) {
  save(new Blob([source], { type: "image/svg+xml" }), `${name}.svg`)
}

function asPng({ source, width, height }, name) {
  const picture = new Image()
  picture.onload = () => {
    const canvas = document.createElement("canvas")
    canvas.width = width * SCALE
    canvas.height = height * SCALE
    const paper = canvas.getContext("2d")
    paper.scale(SCALE, SCALE)
    paper.drawImage(picture, 0, 0, width, height)
    canvas.toBlob(blob => save(blob, `${name}.png`))
  }
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`
}

export default function ({ data, parentElement }) {
  const make = { png: asPng, svg: asSvg }
  const buttons = Object.entries(data.labels).map(([kind, label]) => {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = kind.toUpperCase()
    button.title = label
    button.setAttribute("aria-label", `${label}: ${data.title}`)
    button.onclick = () => {
      const node = drawing(data.chart)
      if (node) make[kind](framed(node, data.title), data.file)
    }
    return button
  })
  parentElement.querySelector(".slot").replaceChildren(...buttons)
}
