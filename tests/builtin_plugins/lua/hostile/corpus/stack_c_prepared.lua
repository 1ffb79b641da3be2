-- Coroutines made at one level, then resumed in a chain. Expect: contained or value
function attack()
  local chain = {}
  for i = 1, 5000 do
    chain[i] = coroutine.create(function() return chain[i + 1] and coroutine.resume(chain[i + 1]) end)
  end
  coroutine.resume(chain[1])
  return "contained" 
end
