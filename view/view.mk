# The page that `namu view` fills with a trace: TypeScript in view/src, bundled into one file, build/view/template.html.
#
# Only this needs Node; the C build does not. What npm fetches is pinned in view/package-lock.json and lies in build/view.

VIEW := $(BUILD)/view
VIEW_SRC := $(wildcard view/src/*) view/template.html view/bundle.mjs
VIEW_TEMPLATE := $(VIEW)/template.html

$(VIEW)/node_modules/.made: view/package.json view/package-lock.json
	@mkdir -p $(VIEW)
	@command -v npm > /dev/null || { echo "npm is missing: make deps-view" >&2; exit 1; }
	cp view/package.json view/package-lock.json $(VIEW)
	cd $(VIEW) && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(VIEW_TEMPLATE): $(VIEW)/node_modules/.made $(VIEW_SRC)
	NODE_PATH=$(VIEW)/node_modules node view/bundle.mjs $(VIEW) $@

.PHONY: view view-types view-picture test-view
view: deps-view $(VIEW_TEMPLATE) ## build the page of `namu view`, build/view/template.html

view-types: $(VIEW)/node_modules/.made
	$(VIEW)/node_modules/.bin/tsc -p view

# The README's picture, of a real run: seeded, so that it is the same each time for the same kernel.
view-picture: all $(VIEW_TEMPLATE) ## draw doc/view.png anew
	$(HOST) run --seed 3 --view=$(VIEW)/picture.html -- sh -c 'ls -l /bin | sort -k 5 | head -n 3; sleep 0.003 & wait' > /dev/null
	node tests/view/picture.mjs $(CURDIR)/$(VIEW) $(CURDIR)/$(BUILD) doc/view.png

test-view: deps-test-view all $(VIEW_TEMPLATE) view-types ## install what is missing, and test the page in Chromium
	@tests/run/view
