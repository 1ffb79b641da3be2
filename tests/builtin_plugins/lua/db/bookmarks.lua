-- What the tests in test_module.py let a plugin do.
plugin_info = { name = "shop", version = "1", description = "d" }

function on_init()
  db.define_table("collections", {
    columns = {
      {name = "name", type = "text", not_null = true},
      {name = "sort_order", type = "integer", not_null = true, default = 0},
      {name = "is_public", type = "boolean", not_null = true, default = 0},
      {name = "metadata", type = "json"},
    },
    indexes = {{columns = {"name"}}, {columns = {"is_public", "sort_order"}}},
  })
  db.define_table("bookmarks", {
    columns = {
      {name = "collection_id", type = "text", not_null = true},
      {name = "url", type = "text", not_null = true, unique = true},
      {name = "rating", type = "real"},
      {name = "notes", type = "blob"},
      {name = "visited_at", type = "timestamp"},
    },
    foreign_keys = {{column = "collection_id", ref_table = "plugin_shop_collections", ref_column = "id", on_delete = "CASCADE"}},
  })
end

function story()
  local id = db.ulid()
  assert(db.insert("collections", {id = id, name = "Dev", sort_order = 1, is_public = 1, metadata = '{"theme":"dark"}'}) == id)
  assert(#db.query("collections", {where = {name = "Dev"}}) == 1)
  assert(db.query_one("collections", {where = {id = "none"}}) == nil)
  assert(db.count("collections", {}) == 1 and db.exists("collections", {where = {id = id}}))
  local row = db.query_one("collections", {where = {id = id}})
  assert(row.is_public == true and row.sort_order == 1 and row.metadata == '{"theme":"dark"}')
  db.insert("bookmarks", {collection_id = id, url = "https://go.dev/", rating = 4.5, notes = "\0\255x", visited_at = db.timestamp()})
  local ok, err = db.transaction(function()
    db.insert("bookmarks", {collection_id = id, url = "https://a.example/"})
    error("deliberate")
  end)
  assert(ok == false and err:find("deliberate"), err)
  assert(db.count("bookmarks") == 1)
  ok, err = db.transaction(function()
    db.insert("bookmarks", {collection_id = id, url = "https://a.example/"})
    local got, why = db.insert("bookmarks", {collection_id = id, url = "https://a.example/"})
    assert(got == nil and why == "unique violation: url", why)
  end)
  assert(ok == true and err == nil)
  local found = db.query("bookmarks", {where = {url = db.like("https://%")}, order_by = "url DESC"})
  assert(#found == 2 and found[1].url == "https://go.dev/" and found[1].notes == "\0\255x" and found[1].rating == 4.5)
  assert(db.update("bookmarks", {set = {rating = db.null}, where = {url = "https://go.dev/"}}) == 1)
  assert(db.query_one("bookmarks", {where = {rating = db.is_null(), url = db.neq("https://a.example/")}}).rating == nil)
  local none, fk = db.insert("bookmarks", {collection_id = "nobody", url = "x"})
  assert(none == nil and fk:find("^foreign key violation"), fk)
  assert(db.delete("collections", {where = {id = id}}) == 1 and db.count("bookmarks") == 0)
  return "done"
end

function conditions()
  db.define_table("items", {columns = {{name = "name", type = "text"}, {name = "n", type = "integer"}}})
  db.insert_many("items", {"name", "n"}, {{"alpha", 5}, {"beta", 3}, {"gamma", 8}, {"delta", nil}})
  db.insert_many("items", {{name = "epsilon", n = 10}, {name = "zeta", n = db.null}})
  local function names(options)
    local found = {}
    for at, row in ipairs(assert(db.query("items", options))) do found[at] = row.name end
    table.sort(found)
    return table.concat(found, " ")
  end
  return {
    names({where = {n = db.gt(5)}}),
    names({where = {{"n", ">", 5}}}),
    names({where = db.gt("n", 5)}),
    names({where = {"AND", {{"n", ">", 2}, {"OR", {{"name", "=", "beta"}, {"n", ">=", 10}}}}}}),
    names({where = {"NOT", {"n", "IN", {5, 3}}}}),
    names({where = {n = db.in_list(5, 3)}}),
    names({where = {n = db.not_in({5, 3})}}),
    names({where = {n = db.between(3, 5)}}),
    names({where = {{"n", "BETWEEN", {3, 5}}}}),
    names({where = {n = db.null}}),
    names({where = {{"n", "IS NULL"}}}),
    names({where = {n = db.is_not_null(), name = db.not_like("%a")}}),
    names({where_or = {{name = "beta"}, {n = 8}}}),
    names({where = {name = db.like("%ta")}, where_or = {{n = 3}, {name = "zeta"}}}),
    names({filter = {name = "beta"}}),
    names({where = {"OR", {db.eq("n", 5), {name = "beta", n = 3}}}}),
  }
end

function groups()
  db.define_table("sales", {columns = {{name = "city", type = "text"}, {name = "sum", type = "integer"}}})
  db.insert_many("sales", {"city", "sum"}, {{"Rome", 1}, {"Rome", 2}, {"Oslo", 5}, {"Bern", 1}})
  return db.query("sales", {
    columns = {"city", db.agg_count("*", "n"), db.agg_sum("sum", "total"), db.avg("sum")},
    group_by = {"city"}, having = {total = db.gt(1)}, order_by = {{column = "total", desc = true}},
  })
end

function having_sequence()
  return db.query("sales", {columns = {"city"}, group_by = "city", having = {db.agg_count("*"), ">", 1}})
end

function upserts()
  db.define_table("counts", {columns = {{name = "word", type = "text", unique = true}, {name = "n", type = "integer"}}})
  local id = db.upsert("counts", {values = {word = "a", n = 1}, conflict_columns = {"word"}})
  assert(db.upsert("counts", {word = "a", n = 2}, {"word"}) == id)
  assert(db.upsert("counts", {values = {word = "a", n = 9}, conflict_columns = {"word"}, do_nothing = true}) == id)
  assert(db.query_one("counts", {where = {id = id}}).n == 2)
  db.upsert("counts", {values = {word = "a", n = 9}, conflict_columns = {"word"}, update = {n = db.null}})
  return db.query("counts", {columns = {"word", "n"}})
end

function try(fn, ...)
  local ok, err = pcall(db[fn], ...)
  return tostring(err)
end

function from_visitor(value)
  local _, listed = db.query("collections", {where = {{"name", "=", value}}})
  if value == nil then
    return {listed}
  end
  local _, mapped = db.query("collections", {where = {name = value, created_at = db.is_null()}})
  local _, constructed = db.query("collections", {where = {name = db.eq(value)}})
  return {mapped, listed, constructed}
end

function refused(options)
  local none, why = db.query("collections", options)
  return none == nil and why
end

function endless()
  local where = {"AND"}
  where[2] = {where}
  return try("query", "collections", {where = where})
end

function leaves_it_open()
  local co = coroutine.create(function() db.transaction(function()
    db.insert("collections", {name = "open"})
    coroutine.yield()
  end) end)
  coroutine.resume(co)
  return "left"
end

function private()
  return {tostring(db.begin), tostring(pcall(function() db.query = 1 end)), tostring(pcall(function() db.null.x = 1 end))}
end
