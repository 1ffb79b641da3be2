-- Arguments that grow with each call. Expect: error
function attack()
  local function more(...) return more(1, ...) end
  return more()
end
