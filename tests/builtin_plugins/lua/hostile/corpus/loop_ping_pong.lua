-- Two coroutines that yield to each other for ever. Expect: instructions
function attack()
  local one = coroutine.wrap(function() while true do coroutine.yield() end end)
  local two = coroutine.wrap(function() while true do one() coroutine.yield() end end)
  while true do two() end
end
