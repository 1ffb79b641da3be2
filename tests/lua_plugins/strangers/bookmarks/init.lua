-- Bookmarks: collections of links that the editors share, and a public list of the starred ones.
local validators = require("validators")

plugin_info = {
    name            = "bookmarks",
    version         = "1.2.0",
    description     = "Shared collections of links",
    author          = "Rosa Lindqvist",
    license         = "MIT",
    min_cms_version = "0.1.0",
}

local function missing(what)
    return { status = 404, json = { error = what .. " not found" } }
end

local function invalid(problems)
    return { status = 400, json = { error = "invalid", problems = problems } }
end

-- Crawlers have no business here.
http.use(function(req)
    local agent = req.headers["user-agent"] or ""
    if agent:lower():find("badbot", 1, true) then
        return { status = 403, json = { error = "no bots" } }
    end
    return nil
end)

-- Clients must not ask for an interface that does not exist yet.
http.use(function(req)
    if req.query.v ~= nil and req.query.v ~= "1" then
        return { status = 400, json = { error = "unknown version " .. req.query.v } }
    end
end)

http.handle("POST", "/collections", function(req)
    local values, problems = validators.collection(req.json)
    if not values then
        return invalid(problems)
    end
    values.id = db.ulid()
    local _, err = db.insert("collections", values)
    if err then
        return { status = 409, json = { error = "there is a collection of this name" } }
    end
    return { status = 201, json = { id = values.id, name = values.name } }
end)

http.handle("GET", "/collections", function(req)
    local rows = db.query("collections", { order_by = "name" })
    for _, row in ipairs(rows) do
        row.links = db.count("links", { where = { collection_id = row.id } })
    end
    return { json = { collections = rows, total = #rows } }
end)

http.handle("DELETE", "/collections/{id}", function(req)
    if not db.exists("collections", { where = { id = req.params.id } }) then
        return missing("collection")
    end
    db.delete("collections", { where = { id = req.params.id } })
    return { status = 204 }
end)

http.handle("POST", "/links", function(req)
    local values, problems = validators.link(req.json)
    if not values then
        return invalid(problems)
    end
    if values.collection_id and not db.exists("collections", { where = { id = values.collection_id } }) then
        return invalid({ "collection_id: there is no such collection" })
    end
    local id = db.ulid()
    values.id = id
    db.insert("links", values)
    local row = db.query_one("links", { where = { id = id } })
    return { status = 201, json = row, headers = { ["Location"] = req.path .. "/" .. id } }
end)

http.handle("GET", "/links", function(req)
    local limit = math.min(tonumber(req.query.limit) or 20, 50)
    local offset = tonumber(req.query.offset) or 0
    local where = {}
    if req.query.collection then
        where.collection_id = req.query.collection
    end
    if req.query.starred == "true" then
        where.starred = true
    end
    local rows = db.query("links", {
        columns  = { "id", "title", "url", "starred", "visits" },
        where    = where,
        order_by = "title",
        desc     = req.query.desc == "true",
        limit    = limit,
        offset   = offset,
    })
    return { json = { links = rows, count = #rows, total = db.count("links", { where = where }) } }
end)

http.handle("GET", "/links/{id}", function(req)
    local link = db.query_one("links", { where = { id = req.params.id } })
    if not link then
        return missing("link")
    end
    return { status = 200, json = link }
end)

http.handle("PUT", "/links/{id}", function(req)
    local values, problems = validators.link(req.json)
    if not values then
        return invalid(problems)
    end
    if not db.exists("links", { where = { id = req.params.id } }) then
        return missing("link")
    end
    db.update("links", { set = values, where = { id = req.params.id } })
    return { json = db.query_one("links", { where = { id = req.params.id } }) }
end)

http.handle("PATCH", "/links/{id}", function(req)
    if type(req.json) ~= "table" or type(req.json.starred) ~= "boolean" then
        return invalid({ "starred: must be true or false" })
    end
    db.update("links", { set = { starred = req.json.starred }, where = { id = req.params.id } })
    local link = db.query_one("links", { columns = { "id", "starred" }, where = { id = req.params.id } })
    if link == nil then
        return missing("link")
    end
    return { json = link }
end)

http.handle("DELETE", "/links/{id}", function(req)
    db.delete("links", { where = { id = req.params.id } })
    return { status = 204 }
end)

http.handle("GET", "/search", function(req)
    local q = req.query.q or ""
    if q == "" then
        return invalid({ "q: is required" })
    end
    local pattern = "%" .. q .. "%"
    local rows = db.query("links", {
        where_or = { { title = db.like(pattern) }, { url = db.like(pattern) } },
        order_by = { { column = "starred", desc = true }, { column = "title" } },
    })
    local titles = {}
    for i, row in ipairs(rows) do
        titles[i] = row.title
    end
    return { json = { titles = titles, n = #titles } }
end)

-- What visitors of the site see: no account is needed.
http.handle("GET", "/starred", function(req)
    local lines = {}
    for _, link in ipairs(db.query("links", { where = { starred = true }, order_by = "title" })) do
        lines[#lines + 1] = string.format("%s <%s>", link.title, link.url)
    end
    return {
        body = table.concat(lines, "\n"),
        headers = { ["Content-Type"] = "text/plain; charset=utf-8", ["X-Total"] = tostring(#lines) },
    }
end, { public = true })

-- A visitor followed a link.
http.handle("POST", "/visit/{id}", function(req)
    local done, err = db.transaction(function()
        local link = db.query_one("links", { where = { id = req.params.id } })
        if not link then
            error("no such link")
        end
        db.update("links", { set = { visits = link.visits + 1, last_visit = db.timestamp() }, where = { id = link.id } })
    end)
    if not done then
        log.warn("A visit was not counted", { err = err, ip = req.client_ip })
        return missing("link")
    end
    return { json = { visits = db.query_one("links", { where = { id = req.params.id } }).visits } }
end, { public = true })

function on_init()
    db.define_table("collections", {
        columns = {
            { name = "name",  type = "text", not_null = true, unique = true },
            { name = "color", type = "text", default = "grey" },
        },
    })
    db.define_table("links", {
        columns = {
            { name = "title",         type = "text",    not_null = true },
            { name = "url",           type = "text",    not_null = true },
            { name = "collection_id", type = "text" },
            { name = "starred",       type = "boolean", not_null = true, default = false },
            { name = "visits",        type = "integer", not_null = true, default = 0 },
            { name = "rating",        type = "real" },
            { name = "last_visit",    type = "timestamp" },
            { name = "extra",         type = "json" },
        },
        indexes = {
            { columns = { "collection_id" } },
            { columns = { "starred", "title" }, unique = false },
        },
        foreign_keys = {
            {
                column     = "collection_id",
                ref_table  = "plugin_bookmarks_collections",
                ref_column = "id",
                on_delete  = "CASCADE",
            },
        },
    })
    db.create_index("links", "links_by_url", { "url" }, false)
    log.info("Bookmarks are ready", { links = db.count("links", {}) })
end

function on_shutdown()
    log.info("Bookmarks say goodbye")
end
