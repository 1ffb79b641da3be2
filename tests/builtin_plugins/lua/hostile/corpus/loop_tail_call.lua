-- Endless recursion that takes no stack. Expect: instructions
function attack()
  local function again() return again() end
  return again()
end
