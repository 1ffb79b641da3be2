-- A new coroutine for every step, each with little to count. Expect: instructions
function attack()
  while true do
    coroutine.resume(coroutine.create(function() end))
  end
end
