-- An endless loop in a coroutine, where hooks may not count. Expect: instructions
function attack()
  coroutine.resume(coroutine.create(function() while true do end end))
  while true do end
end
