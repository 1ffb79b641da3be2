-- A table that grows for ever. Expect: memory
function attack()
  local t = {}
  while true do t[#t + 1] = {} end
end
