-- Counts what visitors look at, and reports on it.
plugin_info = {
    name        = "analytics",
    version     = "0.3.1",
    description = "Page views, sources and reports",
}

-- A hit of a page, from the script in the page.
http.handle("POST", "/hit", function(req)
    local hit = req.json
    if not hit or type(hit.page) ~= "string" then
        return { status = 400, json = { error = "page is required" } }
    end
    local ok, err = db.transaction(function()
        db.insert("hits", {
            page    = hit.page,
            source  = hit.source,
            seconds = hit.seconds or 0,
            day     = hit.day,
        })
        local page = db.query_one("pages", { where = { path = hit.page } })
        local views = (page and page.views or 0) + 1
        db.upsert("pages", {
            values           = { id = db.ulid(), path = hit.page, views = views, kind = hit.kind or "page" },
            conflict_columns = { "path" },
            update           = { views = views },
        })
    end)
    if not ok then
        return { status = 500, json = { error = err } }
    end
    return { status = 202, json = { page = hit.page } }
end, { public = true })

-- Many hits at once, from the log of a cache in front of the site.
http.handle("POST", "/batch", function(req)
    local rows = {}
    for i, hit in ipairs(req.json.hits) do
        rows[i] = { hit.page, hit.source, hit.seconds }
    end
    local _, err = db.insert_many("hits", { "page", "source", "seconds" }, rows)
    if err then
        return { status = 400, json = { error = err } }
    end
    return { status = 201, json = { stored = #rows } }
end)

-- The same with one table for each row.
http.handle("POST", "/batch-rows", function(req)
    db.insert_many("hits", req.json.hits)
    return { status = 201, json = { total = db.count("hits") } }
end)

http.handle("GET", "/pages", function(req)
    local rows = db.query("hits", {
        columns  = {
            "page",
            db.agg_count("*", "hits"),
            db.agg_sum("seconds", "total"),
            db.agg_avg("seconds", "average"),
            db.agg_min("seconds", "shortest"),
            db.agg_max("seconds", "longest"),
        },
        group_by = { "page" },
        order_by = { { column = "page" } },
    })
    return { json = { pages = rows } }
end)

-- The names of the editor's definitions for the same.
http.handle("GET", "/totals", function(req)
    local row = db.query_one("hits", {
        columns = { db.sum("seconds"), db.avg("seconds"), db.min("seconds"), db.max("seconds"), db.agg_count() },
    })
    local n = 0
    for _ in pairs(row) do
        n = n + 1
    end
    return { json = { columns = n } }
end)

http.handle("GET", "/popular", function(req)
    local at_least = tonumber(req.query.min) or 2
    local rows = db.query("hits", {
        columns  = { "page", db.agg_count("*", "n") },
        group_by = { "page" },
        having   = { db.agg_count("*"), ">=", at_least },
        order_by = "page",
    })
    local by_map = db.query("hits", {
        columns  = { "page", db.agg_count("*", "n") },
        group_by = "page",
        having   = { n = db.gte(at_least) },
        order_by = "page",
    })
    return { json = { pages = rows, same = #rows == #by_map } }
end)

http.handle("GET", "/sources", function(req)
    local rows = db.query("hits", { columns = { "source" }, distinct = true, where = { source = db.is_not_null() }, order_by = "source" })
    local names = {}
    for _, row in ipairs(rows) do
        table.insert(names, row.source)
    end
    return { json = { sources = names, unknown = db.count("hits", { where = { source = db.is_null() } }) } }
end)

-- Hits with the kind of their page, which is in another table.
http.handle("GET", "/kinds", function(req)
    local inner = db.query("hits", {
        columns  = { "kind", db.agg_count("*", "n") },
        joins    = { { type = "inner", table = "pages", local_col = "page", foreign_col = "path" } },
        group_by = { "kind" },
        order_by = "kind",
    })
    local left = db.query("hits", {
        columns = { "page", "kind", "seconds" },
        joins   = { { type = "left", table = "pages", local_col = "page", foreign_col = "path" } },
        order_by = "page",
    })
    local without = 0
    for _, row in ipairs(left) do
        if row.kind == nil then
            without = without + 1
        end
    end
    return { json = { kinds = inner, without = without, all = #left } }
end)

-- Every condition there is.
http.handle("GET", "/count/{what}", function(req)
    local conditions = {
        eq       = { page = db.eq("/a") },
        neq      = { page = db.neq("/a") },
        gt       = { seconds = db.gt(10) },
        gte      = { seconds = db.gte(10) },
        lt       = { seconds = db.lt(10) },
        lte      = { seconds = db.lte(10) },
        like     = { page = db.like("/a%") },
        notlike  = { page = db.not_like("/a%") },
        inlist   = { page = db.in_list({ "/a", "/b" }) },
        invararg = { page = db.in_list("/a", "/b") },
        notin    = { page = db.not_in({ "/a", "/b" }) },
        between  = { seconds = db.between(5, 15) },
        null     = { source = db.is_null() },
        notnull  = { source = db.is_not_null() },
        both     = { page = "/a", seconds = db.gt(5) },
        sequence = { "seconds", ">", 10 },
        nested   = { "AND", { { "page", "=", "/a" }, { "OR", { { "seconds", "<", 6 }, { "seconds", ">", 14 } } } } },
        negated  = { "NOT", { "page", "=", "/a" } },
        since    = { created_at = db.gte(db.timestamp_ago(3600)) },
        list     = { { "page", "=", "/a" }, { "seconds", "<=", 5 } },
        unequal  = { { "page", "!=", "/a" } },
        like2    = { { "page", "LIKE", "/b%" } },
        notlike2 = { "page", "NOT LIKE", "/b%" },
        in2      = { "page", "IN", { "/a", "/c" } },
        notin2   = { "page", "NOT IN", { "/a" } },
        between2 = { "seconds", "BETWEEN", { 6, 20 } },
        null2    = { { "source", "IS NULL" } },
        notnull2 = { { "source", "IS NOT NULL" } },
    }
    local where = conditions[req.params.what]
    if not where then
        return { status = 404, json = { error = "no such condition" } }
    end
    return { json = { n = db.count("hits", { where = where }), any = db.exists("hits", { where = where }) } }
end)

-- The forms of older pages of the documentation.
http.handle("GET", "/older", function(req)
    local rows = db.query("hits", {
        filter   = { seconds = db.gte(10) },
        order_by = "seconds DESC",
        limit    = 1,
    })
    local joined = db.query("hits", {
        columns = { "page", "kind" },
        joins   = { { table = "pages", on = "hits.page = pages.path" } },
        where   = { page = "/b" },
    })
    return { json = { most = rows[1].seconds, kind = joined[1].kind } }
end)

http.handle("GET", "/filter", function(req)
    local rows = db.query("hits", {
        where    = { source = "mail" },
        where_or = { { page = "/a" }, { seconds = db.gt(14) } },
        order_by = "seconds",
        desc     = true,
        limit    = 5,
    })
    return { json = { n = #rows, first = rows[1] and rows[1].page or "" } }
end)

http.handle("PUT", "/pages", function(req)
    -- The form of the editor's definitions: values and key columns, one after the other.
    db.upsert("pages", { path = req.json.path, kind = req.json.kind, views = 0 }, { "path" })
    return { json = db.query_one("pages", { columns = { "path", "kind", "views" }, where = { path = req.json.path } }) }
end)

http.handle("POST", "/pages/ensure", function(req)
    db.upsert("pages", {
        values           = { path = req.json.path, kind = "never", views = 99 },
        conflict_columns = { "path" },
        do_nothing       = true,
    })
    return { json = db.query_one("pages", { columns = { "path", "kind", "views" }, where = { path = req.json.path } }) }
end)

http.handle("POST", "/cleanup", function(req)
    db.update("hits", {
        set      = { seconds = 0 },
        where    = { seconds = db.lt(2) },
        where_or = { { source = "bot" }, { source = db.like("%crawler") } },
    })
    db.delete("hits", { where = { source = "bot" }, where_or = { { seconds = 0 }, { page = "/never" } } })
    return { json = { left = db.count("hits") } }
end)

-- What must not work: everything in the table at once.
http.handle("DELETE", "/everything", function(req)
    local ok = pcall(function()
        local _, err = db.delete("hits", { where = {} })
        if err then
            error(err)
        end
    end)
    return { json = { deleted = ok, left = db.count("hits") } }
end)

http.handle("POST", "/rollback", function(req)
    local before = db.count("hits")
    local ok, err = db.transaction(function()
        db.insert("hits", { page = "/rolled-back", seconds = 1 })
        error({ code = "TOO_LATE" })
    end)
    return { json = { ok = ok, failed = err ~= nil, same = before == db.count("hits") } }
end)

-- Too much for one request: a budget stops it.
http.handle("POST", "/greedy", function(req)
    for i = 1, 5000 do
        db.exists("hits", { where = { seconds = i } })
    end
    return { json = { finished = true } }
end)

function on_init()
    db.define_table("hits", {
        columns = {
            { name = "page",    type = "text", not_null = true },
            { name = "source",  type = "text" },
            { name = "seconds", type = "integer", not_null = true, default = 0 },
            { name = "day",     type = "timestamp" },
        },
        indexes = { { columns = { "page" } } },
    })
    db.define_table("pages", {
        columns = {
            { name = "path",  type = "text", not_null = true },
            { name = "kind",  type = "text", not_null = true, default = "page" },
            { name = "views", type = "integer", not_null = true, default = 0 },
        },
        indexes = { { columns = { "path" }, unique = true } },
    })
end
