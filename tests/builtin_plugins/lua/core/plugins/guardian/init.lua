plugin_info = {
  name = "guardian", version = "1.0.0", description = "Checks content before it is saved.", author = "Stranger",
  core_access = { content_data = { "read", "write" }, content_fields = { "read", "write" }, datatypes = { "read" }, users = { "read" }, media = { "read" } },
}

hooks.on("before_create", "content_data", function(data)
  log.info("creating", { table = data._table, event = data._event })
  if data.status ~= "draft" then error("must start as draft") end
end, { priority = 50 })

hooks.on("before_update", "content_fields", function(data)
  if data.field_value == "forbidden" then error("this value is forbidden") end
end)

hooks.on("after_create", "content_data", function(data)
  db.insert("audit", { what = data.content_data_id, kind = data._event, dt = data.datatype_id })
end)
hooks.on("after_publish", "*", function(data)
  db.insert("audit", { what = data.content_data_id or data.media_id, kind = data._event, dt = data._table })
end)
hooks.on("before_read", "content_data", function(data)
  return { _start = 42 }
end)
hooks.on("after_read", "content_data", function(data)
  return { headers = { ["X-Guardian"] = tostring(data._start) } }
end)

http.handle("GET", "/stats", function(req)
  local drafts = core.count("content_data", { where = { status = "draft" } })
  local types = core.query("datatypes", { order_by = "name", limit = 10 })
  local user, err = core.query_one("users", { columns = { "user_id", "hash" } })
  local rows, werr = core.query("content_fields", { where = { { "field_value", "LIKE", "%o%" } }, order_by = { { column = "field_value", desc = true } } })
  local names = {}
  for i, r in ipairs(rows) do names[i] = r.field_value end
  return { status = 200, json = { drafts = drafts, first = types[1] and types[1].name, user_err = err, names = names } }
end)
http.handle("POST", "/retitle", function(req)
  local row = core.query_one("content_fields", { where = { content_data_id = req.json.id } })
  local n, err = core.update("content_fields", { set = { field_value = req.json.title }, where = { content_field_id = row.content_field_id } })
  return { json = { n = n, err = err } }
end)

function on_init()
  db.define_table("audit", { columns = { { name = "what", type = "text" }, { name = "kind", type = "text", not_null = true }, { name = "dt", type = "text" } } })
end
