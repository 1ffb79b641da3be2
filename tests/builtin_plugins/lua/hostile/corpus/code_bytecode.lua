-- Bytecode of LuaJIT, which nobody checks. Expect: contained
function attack()
  for _, head in ipairs({ "\27LJ\2", "\27LJ\1", "\27Lua", "\27" }) do
    assert(not loadstring(head .. ("\0"):rep(100)))
  end
  return "contained" 
end
