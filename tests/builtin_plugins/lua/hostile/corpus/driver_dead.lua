-- Coroutines that are dead, running, and no coroutines. Expect: contained
function attack()
  local co = coroutine.create(function() end)
  coroutine.resume(co)
  assert(not coroutine.resume(co))
  for _, each in ipairs({ 1, "x", {}, print }) do
    assert(not pcall(coroutine.resume, each))
    assert(not pcall(coroutine.status, each))
  end
  return "contained" 
end
