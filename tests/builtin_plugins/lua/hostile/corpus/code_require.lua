-- Modules that only the machine itself has. Expect: contained
function attack()
  for _, name in ipairs({ "ffi", "jit", "jit.util", "jit.opt", "bit", "io", "os", "debug", "string.buffer", "table.new", "table.clear",
    "../init", "lib/../init", "/etc/passwd", "lib.x.y", "init.lua", "", ".", "..", "x\0y", "lib/x" }) do
    assert(not pcall(require, name), name)
  end
  assert(not pcall(require) and not pcall(require, {}) and not pcall(require, 1))
  return "contained" 
end
