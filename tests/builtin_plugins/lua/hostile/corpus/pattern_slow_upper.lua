-- Megabytes turned over and over by few instructions. Expect: processor
function attack()
  local s = ("x"):rep(2e6)
  while true do s = s:upper():lower():reverse() end
end
