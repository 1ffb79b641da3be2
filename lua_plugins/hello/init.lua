-- GET /api/v1/plugins/hello/?name=Ada answers {"message": "Hello, Ada!"}.

http.handle("GET", "/", function(req)
  local name = req.query.name or ""
  if #name > 100 then
    return { status = 400, json = { error = "a name has at most 100 bytes" } }
  end
  if name == "" then
    name = "stranger"
  end
  return { json = { message = settings.get("greeting") .. ", " .. name .. "!" } }
end, { public = true })
