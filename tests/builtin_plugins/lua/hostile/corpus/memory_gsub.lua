-- Replacements that double a string. Expect: error or memory
function attack()
  local s = "x"
  while true do s = s:gsub(".", "%0%0") end
end
