-- A chunk whose name looks like another file. Expect: error
function attack()
  local f = loadstring("error('x')", "@/etc/passwd\0\n\27[31m")
  return f()
end
