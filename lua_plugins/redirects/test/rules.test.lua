local function made(rule)
  local answer = test.request("POST", "/rules", { json = rule })
  test.assert_eq(201, answer.status, answer.body)
  return answer.json
end

local function resolved(path)
  local answer = test.request("GET", "/resolve?path=" .. path, { auth = "none" })
  return answer.json.location, answer.json.status, answer.status
end

function test_a_rule_is_made_found_changed_and_deleted()
  local rule = made({ source = "/old/", target = "/new" })
  test.assert_eq("/old", rule.source)
  test.assert_eq({ "exact", 301, true, true }, { rule.kind, rule.status, rule.preserve_query, rule.enabled })
  test.assert_eq({ "/new", 301, 200 }, { resolved("/old") })
  local answer = test.request("PUT", "/rules/" .. rule.id, { json = { status = 308, target = "/newer" } })
  test.assert_eq(200, answer.status, answer.body)
  test.assert_eq({ "/newer", 308, 200 }, { resolved("/old/") })
  test.assert_eq(1, test.request("GET", "/rules?q=newer").json.total)
  test.assert_eq(0, test.request("GET", "/rules?q=elsewhere").json.total)
  test.assert_eq(200, test.request("DELETE", "/rules/" .. rule.id).status)
  test.assert_eq({ nil, nil, 404 }, { resolved("/old") })
  test.assert_eq(404, test.request("GET", "/rules/" .. rule.id).status)
end

function test_which_rule_goes_first()
  made({ source = "/a", target = "/prefix", kind = "prefix" })
  made({ source = "/a/b", target = "/longer", kind = "prefix" })
  made({ source = "/a/:x", target = "/pattern/:x", kind = "pattern" })
  made({ source = "/a/exact", target = "/exact" })
  test.assert_eq("/exact", (resolved("/a/exact")))
  test.assert_eq("/pattern/other", (resolved("/a/other")))
  test.assert_eq("/longer/c/d", (resolved("/a/b/c/d")))
  test.assert_eq("/prefix", (resolved("/a")))
  test.assert_eq({ nil, nil, 404 }, { resolved("/b") })
end

function test_a_rule_that_is_off_does_nothing()
  made({ source = "/old", target = "/new", enabled = false })
  test.assert_eq({ nil, nil, 404 }, { resolved("/old") })
end

function test_queries_are_handed_on_or_not()
  made({ source = "/with", target = "/new" })
  made({ source = "/without", target = "/new", preserve_query = false })
  test.assert_eq("/new?a=1&b=2", (resolved("/with%3Fa=1%26b=2")))
  test.assert_eq("/new", (resolved("/without%3Fa=1")))
end

function test_hits_are_counted()
  local rule = made({ source = "/old", target = "/new" })
  for _ = 1, 3 do
    resolved("/old")
  end
  local seen = test.request("GET", "/rules/" .. rule.id).json
  test.assert_eq(3, seen.hits)
  test.assert_not_nil(seen.last_hit_at)
end

function test_circles_are_refused()
  made({ source = "/a", target = "/b" })
  made({ source = "/b", target = "/c" })
  local answer = test.request("POST", "/rules", { json = { source = "/c", target = "/a" } })
  test.assert_eq(409, answer.status)
  test.assert_contains(answer.json.error, "circle")
  test.assert_eq("/c", (resolved("/b")), "nothing of it is kept")
  local itself = { source = "/x", target = "/x", kind = "prefix" }
  test.assert_eq(409, test.request("POST", "/rules", { json = itself }).status)
end

function test_patterns_that_go_round_do_not_redirect()
  made({ source = "/:a/:b", target = "/:b/:a", kind = "pattern" })
  local _, _, status = resolved("/x/y")
  test.assert_eq(404, status)
end

function test_what_is_no_rule_is_refused()
  for _, wrong in ipairs({
    {}, { source = "/a" }, { source = "a", target = "/b" }, { source = "/a?x", target = "/b" },
    { source = "/a", target = "b" }, { source = "/a", target = "//evil.example" },
    { source = "/a", target = "javascript:alert(1)" }, { source = "/a", target = "https://u@evil.example/" },
    { source = "/a", target = "/b", status = 303 }, { source = "/a", target = "/b", kind = "regex" },
    { source = "/a", target = "/b", colour = "red" }, { source = "/a", target = "/b", enabled = "yes" },
    { source = "/plain", target = "/b", kind = "pattern" }, { source = "/:a", target = "/:b", kind = "pattern" },
    { source = "/a*b", target = "/b", kind = "pattern" }, { source = "/:a", target = "/*", kind = "pattern" },
  }) do
    local answer = test.request("POST", "/rules", { json = wrong })
    test.assert_eq(400, answer.status, answer.body)
  end
end

function test_two_rules_for_one_source()
  made({ source = "/a", target = "/b" })
  test.assert_eq(409, test.request("POST", "/rules", { json = { source = "/a/", target = "/c" } }).status)
  made({ source = "/a", target = "/c", kind = "prefix" })
end

function test_who_may()
  test.assert_eq(401, test.request("GET", "/rules", { auth = "none" }).status)
  local rule = { source = "/a", target = "/b" }
  test.assert_eq(403, test.request("POST", "/rules", { auth = "viewer", json = rule }).status)
  test.assert_eq(400, test.request("GET", "/resolve", { auth = "none" }).status)
end

function test_delivery_answers_the_redirect()
  made({ source = "/old", target = "/new" })
  local answer = test.request("GET", "/api/v1/delivery/pages/old", { auth = "none" })
  test.assert_eq(301, answer.status, answer.body)
  test.assert_eq("/new", answer.headers.location)
  test.assert_eq(404, test.request("GET", "/api/v1/delivery/pages/other", { auth = "none" }).status)
end

function test_a_page_that_is_there_wins()
  made({ source = "/about", target = "/new", status = 302 })
  test.assert_eq(302, test.request("GET", "/api/v1/delivery/pages/about", { auth = "none" }).status)
  test.request("POST", "/api/v1/types", { json = {
    name = "page", kind = "page", public = true, fields = { { name = "slug", type = "slug" } },
  } })
  local id = test.request("POST", "/api/v1/content/page", { json = { data = { slug = "about" } } }).json.id
  test.assert_eq(200, test.request("POST", "/api/v1/content/page/" .. id .. "/publish", { json = {} }).status)
  local answer = test.request("GET", "/api/v1/delivery/pages/about", { auth = "none" })
  test.assert_eq(200, answer.status)
  test.assert(not answer.headers["cache-control"]:find("private", 1, true), "caches may go on as without the plugin")
end
