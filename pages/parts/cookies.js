// Writes one cookie of this site, or removes it.
export default function ({ data }) {
  if (!data) return
  const secure = location.protocol === "https:" ? "; Secure" : ""
  const age = data.value ? `Expires=${new Date(data.expires).toUTCString()}` : "Max-Age=0"
  document.cookie = `${data.name}=${data.value}; Path=/; ${age}; SameSite=Strict${secure}`
}
