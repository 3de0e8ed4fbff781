package console

// area is a part of the screen.
type area int

const (
	areaEnvironments area = iota
	areaDrift
	areaImages
	areaHistory
	areaDetail
	areaActivity
	areaCount
)

// panels are the areas that can have the focus, in the order of tab.
func panels() []area {
	return []area{areaEnvironments, areaDrift, areaImages, areaHistory, areaDetail}
}

// rect is where an area lies; one without width is not seen.
type rect struct{ x, y, width, height int }

func (r rect) seen() bool { return r.width > 0 && r.height > 0 }

func (r rect) contains(x, y int) bool {
	return x >= r.x && x < r.x+r.width && y >= r.y && y < r.y+r.height
}

// shape is one of the three layouts.
type shape string

const (
	shapeBySize   shape = "auto"
	shapeWide     shape = "wide"     // three columns
	shapeStandard shape = "standard" // two columns
	shapeSingle   shape = "single"   // one panel at a time, and tabs
)

// next is the shape after this one, when somebody cycles through them.
func (s shape) next() shape {
	switch s {
	case shapeBySize:
		return shapeWide
	case shapeWide:
		return shapeStandard
	case shapeStandard:
		return shapeSingle
	}
	return shapeBySize
}

// zoom is how much of the screen the panel with the focus takes.
type zoom int

const (
	zoomNormal zoom = iota
	zoomHalf
	zoomFull
	zoomCount
)

// The least sizes at which the layouts are of use.
const (
	wideWidth      = 160
	standardWidth  = 96
	standardHeight = 20
	stackHeight    = 36 // of a narrow screen, to show the detail below a list
	activityBox    = 30 // height from which the activity has a box of its own
	activityRows   = 5
	activityLine   = 14 // height from which it has a line
)

// request is what an arrangement is made for.
type request struct {
	width, height int
	shape         shape
	zoom          zoom
	focus         area
	list          area // the list whose choice the detail shows
	environments  int  // how many lines they need
	images        int
	banner        int // lines of it
}

// arrangement is where everything lies.
type arrangement struct {
	rects    [areaCount]rect
	header   int // row, or -1
	banner   int // its first row, or -1
	bannered int // how many rows it has
	tabs     int // row of the tabs in a single layout, or -1
	line     int // row of the activity line, or -1
	footer   int // row, or -1
}

// arrange lays the screen out. Every cell between header and footer belongs to
// exactly one area or line.
func arrange(r request) arrangement {
	a := arrangement{header: -1, banner: -1, tabs: -1, line: -1, footer: -1}
	if r.width <= 0 || r.height <= 0 {
		return a
	}
	top, bottom := 0, r.height
	if r.height >= 3 {
		a.header, top = 0, 1
	}
	if r.banner > 0 {
		a.banner, a.bannered = top, r.banner
		top += r.banner
	}
	if r.height >= 5 {
		bottom--
		a.footer = bottom
	}
	kind := r.kind()
	boxed := kind != shapeSingle && r.height >= activityBox && r.zoom == zoomNormal
	if !boxed && r.height >= activityLine {
		bottom--
		a.line = bottom
	}
	body := rect{0, top, r.width, bottom - top}
	switch {
	case kind == shapeSingle:
		a.single(r, body)
	case r.zoom == zoomFull:
		a.rects[r.focus] = body
	case r.zoom == zoomHalf:
		a.half(r, body)
	case kind == shapeWide:
		a.wide(r, body)
	default:
		a.standard(r, body)
	}
	if boxed {
		a.activity()
	}
	return a
}

// kind is the shape that is drawn: the one asked for, if the screen allows it.
func (r request) kind() shape {
	fits := func(width int) bool { return r.width >= width && r.height >= standardHeight }
	switch {
	case r.shape == shapeSingle || !fits(standardWidth):
		return shapeSingle
	case r.shape == shapeStandard:
		return shapeStandard
	case fits(wideWidth) || r.shape == shapeWide && fits(wideWidth*3/4):
		return shapeWide
	}
	return shapeStandard
}

// single shows one panel; on a tall screen, the detail below a list.
func (a *arrangement) single(r request, body rect) {
	if body.height >= 4 {
		a.tabs = body.y
		body.y++
		body.height--
	}
	if r.height < stackHeight || r.zoom == zoomFull {
		a.rects[r.focus] = body
		return
	}
	upper := max(10, body.height*2/5)
	if r.zoom == zoomHalf {
		upper = body.height / 2
	}
	a.rects[r.list] = rect{body.x, body.y, body.width, upper}
	a.rects[areaDetail] = rect{body.x, body.y + upper, body.width, body.height - upper}
}

// half gives the list with the focus, or the detail, more room than the rest.
func (a *arrangement) half(r request, body rect) {
	list := body.width / 2
	if r.focus == areaDetail {
		list = min(body.width/4, 44)
	}
	a.rects[r.list] = rect{body.x, body.y, list, body.height}
	a.rects[areaDetail] = rect{body.x + list, body.y, body.width - list, body.height}
}

func (a *arrangement) standard(r request, body rect) {
	column := min(max(body.width*38/100, 42), 64)
	a.stack(r, rect{body.x, body.y, column, body.height}, areaEnvironments, areaDrift, areaImages, areaHistory)
	a.rects[areaDetail] = rect{body.x + column, body.y, body.width - column, body.height}
}

func (a *arrangement) wide(r request, body rect) {
	column := min(max(body.width*26/100, 44), 64)
	a.stack(r, rect{body.x, body.y, column, body.height}, areaEnvironments, areaDrift)
	a.stack(r, rect{body.x + column, body.y, column, body.height}, areaImages, areaHistory)
	a.rects[areaDetail] = rect{body.x + 2*column, body.y, body.width - 2*column, body.height}
}

// stack puts lists below each other. Short ones get what they need, the others
// share the rest.
func (a *arrangement) stack(r request, column rect, lists ...area) {
	heights := map[area]int{}
	left := column.height
	take := func(l area, want, least int) {
		heights[l] = max(least, min(want, column.height/4))
		left -= heights[l]
	}
	var rest []area
	for _, l := range lists {
		switch l {
		case areaEnvironments:
			take(l, r.environments+2, 5)
		case areaImages:
			if len(lists) > 2 {
				take(l, r.images+2, 4)
				continue
			}
			rest = append(rest, l)
		default:
			rest = append(rest, l)
		}
	}
	for i, l := range rest {
		heights[l] = left / (len(rest) - i)
		left -= heights[l]
	}
	y := column.y
	for _, l := range lists {
		a.rects[l] = rect{column.x, y, column.width, heights[l]}
		y += heights[l]
	}
}

// activity takes the box of the activity from the bottom of the detail.
func (a *arrangement) activity() {
	d := &a.rects[areaDetail]
	if d.height < 3*activityRows {
		return
	}
	d.height -= activityRows
	a.rects[areaActivity] = rect{d.x, d.y + d.height, d.width, activityRows}
}
