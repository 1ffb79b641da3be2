-- An endless loop at the end of a chain of coroutines. Expect: instructions
function attack()
  local function chain(n)
    if n == 0 then
      while true do end
    end
    return coroutine.wrap(chain)(n - 1)
  end
  chain(100)
end
