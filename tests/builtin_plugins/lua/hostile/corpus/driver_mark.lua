-- What a call of the server yields is never seen. Expect: contained
function attack()
  local seen = {}
  local co = coroutine.create(function()
    local answer = desk.say("asked")
    seen[#seen + 1] = answer
    return "end"
  end)
  local ok, value, more = coroutine.resume(co)
  assert(ok and value == "end" and more == nil and seen[1] == "asked")
  assert(coroutine.status(co) == "dead")
  return "contained" 
end
