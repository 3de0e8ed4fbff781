// Package themes decides what everything the console shows looks like. The console names what a
// piece of text is (a [Role]) and what it lies on (a [Surface]); a [Theme] turns the two into
// terminal codes, and a theme file says which.
//
// # Theme files
//
// A theme is one YAML file; its name, without .yaml, is the name of the theme. Those shipped are in
// the binary. Your own lie in evenkeel/themes in your configuration directory, and win over a shipped
// one of the same name. A whole file:
//
//	description: Blue on grey           # one line, for the picker
//	palette:                            # names for colours, to use below
//	  paper: "#2e3440"
//	  sea: "#88c0d0"
//	roles:                              # what a text is
//	  text: "#e5e9f0"                   # a lone colour is the foreground
//	  title: {foreground: sea, bold: true}
//	  tabOpen: {foreground: paper, background: sea}
//	surfaces:                           # what it lies on
//	  screen: paper                     # a lone colour is the background
//	  cursor: {background: 238, bold: true}
//	  alarm: {background: red, foreground: paper}
//
// Every key may be left out, and an unknown one is an error, so that a slip of the keyboard does not
// pass for a choice.
//
// # Colours
//
// A colour is one of
//
//   - a name from the palette of the file, which comes before the names that follow;
//   - one of the terminal's 16: black red green yellow blue magenta cyan white, and the same as
//     brightBlack, brightRed and so on;
//   - default, which is the terminal's own;
//   - a number from 0 to 255, as terminals number their colours;
//   - "#rrggbb", in quotes, since YAML takes a bare # for a comment.
//
// The palette holds any of these but names of its own.
//
// # Styles
//
// A role or a surface has a foreground, a background, and the attributes bold, faint, italic,
// underline, reverse and strikethrough, each true or false.
//
// A role on a surface has
//
//   - the background of the surface, or where it has none that of the screen;
//   - the foreground of the surface where it has one, or else that of the role, or else that of text;
//   - the attributes of both, but for those that the surface says are false.
//
// A role with a background of its own, such as a button, keeps both its colours on every surface.
//
// The background of screen is painted over the whole screen. Without one the terminal's own
// background shows, and the theme has to be readable on it.
//
// # Roles
//
// A role that is left out looks like the one behind the arrow:
//
//	text                            what is there to be read
//	dim → text                      what is there to be found
//	strong → text                   names, and what matters now
//	title → strong                  of a panel
//	number → dim                    of a panel, and counts
//	border → dim                    of a panel
//	active → info                   border and title of the panel that has the focus
//	logo → title                    the name of the program
//	tab → dim                       one that can be opened
//	tabOpen → strong                the one that is open
//	key → strong                    a key that works here
//	hint → dim                      what a key does
//	off → dim                       what cannot be done now
//	info → text                     news
//	warning → text                  needs attention
//	error → warning                 is wrong
//	danger → error                  deletes, or cannot be undone
//	success → text                  ended well
//	safe → strong                   a button that changes nothing
//	go → warning                    a button that does what the plan says
//	synced → success                is as Git says
//	modified → warning              differs, will change
//	missing → info                  will be created
//	extra → danger                  no longer in Git, will be deleted
//	pending → dim                   not known yet, or under way
//	healthy → success               the health of an object
//	progressing → info
//	degraded → error
//	suspended → warning
//	unknown → dim
//	hash → number                   of a commit
//	author → text
//	age → dim
//	kind → dim
//	namespace → dim
//	label → dim                     the name of a value
//	done → success                  the part of a bar that is done
//	rest → dim                      the part that is not
//	match → warning                 what a search or a filter has found
//	yamlKey → info                  the colouring of YAML
//	yamlString → text
//	yamlNumber → yamlString
//	yamlWord → yamlNumber           true, false, null
//	yamlComment → dim
//	yamlMark → dim                  punctuation, anchors, document ends
//	lineNumber → dim
//	signAdded → success             the + before a line
//	signRemoved → error             the - before a line
//
// # Surfaces
//
// A surface that is left out looks like the one behind the arrow:
//
//	screen                          everything else
//	cursor                          the chosen row of the panel that has the focus; reversed if left out
//	chosen → screen                 the chosen row of any other panel
//	marked → chosen                 a row that was marked
//	added → screen                  a line that only Git has
//	addedPart → added               the words in it that differ
//	removed → screen                a line that only the cluster has
//	removedPart → removed           the words in it that differ
//	fold → screen                   a line that stands for lines left out
//	found → cursor                  the match of a search that one stands at
//	bar → screen                    header and footer
//	alarm → bar                     a bar that says that something is wrong
//
// # Terminals with fewer colours
//
// A terminal that shows 256 or 16 colours gets the nearest. Text that can be read in the theme and
// could not be after that takes the foreground of text instead, or black or white. The rows of a list,
// the lines of a diff and the bars each need backgrounds that differ; where 256 colours do not have
// them, and on 16 always, they are shown by the attributes that the theme monochrome gives them and
// by coloured text, and the screen is black or white. Colours that the terminal has stay as they are.
//
// Without colours (NO_COLOR, or a terminal that has none) every theme that uses any looks like
// monochrome: bold, faint, underlined and reversed remain. [Detect] says which of these a terminal is.
package themes
