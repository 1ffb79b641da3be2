-- Results that grow with each return, beyond any stack. Expect: value or error
function attack()
  local function more() return pcall(more) end
  return more()
end
