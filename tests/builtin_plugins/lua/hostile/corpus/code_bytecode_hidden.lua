-- Bytecode behind what a reader skips. Expect: contained
function attack()
  for _, skipped in ipairs({ "\239\187\191", "#!lua\n", "\239\187\191#\n", "#\r\n", " ", "\n" }) do
    assert(not loadstring(skipped .. "\27LJ\2" .. ("\0"):rep(100)))
  end
  return "contained" 
end
