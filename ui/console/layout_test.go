package console

import "testing"

// TestArrange: at every size, in every layout, each cell between the lines
// belongs to exactly one area, and the focus is seen.
func TestArrange(t *testing.T) {
	for _, s := range []shape{shapeBySize, shapeWide, shapeStandard, shapeSingle} {
		for z := zoomNormal; z < zoomCount; z++ {
			for _, focus := range panels() {
				for width := 1; width <= 210; width += 13 {
					for height := 1; height <= 70; height += 5 {
						r := request{width: width, height: height, shape: s, zoom: z, focus: focus, list: areaDrift, environments: 3, images: 4}
						if focus != areaDetail {
							r.list = focus
						}
						covered(t, r)
					}
				}
			}
		}
	}
}

func covered(t *testing.T, r request) {
	t.Helper()
	a := arrange(r)
	cells := make([]int, r.width*r.height)
	fill := func(at rect) {
		for y := at.y; y < at.y+at.height; y++ {
			for x := at.x; x < at.x+at.width; x++ {
				if x < 0 || x >= r.width || y < 0 || y >= r.height {
					t.Fatalf("%+v: %d,%d is outside", r, x, y)
				}
				cells[y*r.width+x]++
			}
		}
	}
	for _, row := range []int{a.header, a.tabs, a.line, a.footer} {
		if row >= 0 {
			fill(rect{0, row, r.width, 1})
		}
	}
	for _, at := range a.rects {
		if at.seen() {
			fill(at)
		}
	}
	for i, n := range cells {
		if n != 1 {
			t.Fatalf("%+v: %d,%d is covered %d times: %+v", r, i%r.width, i/r.width, n, a)
		}
	}
	if !a.rects[r.focus].seen() {
		t.Fatalf("%+v: the focus is not seen: %+v", r, a)
	}
}

// TestShapes: the layouts that the sizes lead to.
func TestShapes(t *testing.T) {
	for _, test := range []struct {
		width, height int
		asked, want   shape
	}{
		{40, 10, shapeBySize, shapeSingle},
		{80, 24, shapeBySize, shapeSingle},
		{80, 60, shapeBySize, shapeSingle},
		{120, 40, shapeBySize, shapeStandard},
		{120, 18, shapeBySize, shapeSingle},
		{159, 50, shapeBySize, shapeStandard},
		{160, 50, shapeBySize, shapeWide},
		{200, 60, shapeBySize, shapeWide},
		{200, 60, shapeStandard, shapeStandard},
		{200, 60, shapeSingle, shapeSingle},
		{120, 40, shapeWide, shapeWide},
		{80, 24, shapeWide, shapeSingle}, // what does not fit is not drawn
	} {
		if got := (request{width: test.width, height: test.height, shape: test.asked}).kind(); got != test.want {
			t.Errorf("%dx%d, %s asked for: %s, want %s", test.width, test.height, test.asked, got, test.want)
		}
	}
}
