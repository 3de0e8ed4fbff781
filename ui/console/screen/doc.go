// Package screen paints the console's frames on the terminal.
//
// Bubble Tea's own renderer wakes sixty times a second though nothing changes,
// writes whole lines, and does not bracket its frames. The console runs with
// tea.WithoutRenderer instead: the root model hands each frame to a Screen and
// returns an empty View. A Screen paints from a goroutine of its own, the
// newest frame only, at most every 16 ms and not at all when nothing differs.
// A paint is one write: the cells that changed, between the marks of
// synchronized output. At rest nothing runs, and a terminal that takes no
// output holds up neither the event loop nor, for long, the end of the program.
//
// # What Bubble Tea v1 leaves to us
//
// Without a renderer it does not touch the terminal at all:
//
//   - Raw mode. It never sets it, nor puts it back; Open and Close do.
//   - Sizes. It knows of no terminal to ask, so no tea.WindowSizeMsg is ever
//     sent, not even in answer to tea.WindowSize. NextSize is the command to use
//     instead, in Init and again after each size. On Windows, where there is no
//     signal, later sizes come with the input and from Bubble Tea itself.
//   - Modes: alternate screen, cursor, mouse, bracketed paste, window title.
//     Options such as tea.WithAltScreen and commands such as tea.ShowCursor do
//     nothing. Focus reports are not asked for. On Windows mouse events depend
//     on the input reader too, so the program wants tea.WithMouseCellMotion, and
//     tea.EnableMouseCellMotion or tea.DisableMouse together with SetMouse;
//     elsewhere these do nothing.
//   - Other programs. tea.Exec stops reading input and runs the command, but
//     leaves raw mode and the alternate screen on. Use Screen.Exec. Likewise
//     tea.Suspend: use Screen.Suspend.
//   - Panics. Bubble Tea prints the trace before it returns from Run, on the
//     alternate screen, where it is lost. With tea.WithoutCatchPanics, a
//     deferred Close and Guard around commands, the terminal is put back first
//     and the trace stays.
//
// It still reads and decodes input, from standard input or, when that is no
// terminal, from one that it opens, and runs commands. Its handler of SIGINT and
// SIGTERM is set up only some time after Run begins, and a signal before that
// ends the program with the terminal as it is: catch them before Open and use
// tea.WithContext and tea.WithoutSignalHandler. A ctrl+c typed to a program that
// has the terminal meanwhile reaches this one too; Lent tells them apart.
//
// # Width
//
// Columns are those of ansi.StringWidth. Where terminals disagree (sequences
// that join, the newest emoji), the rest of the row is painted from the first
// difference on and the cursor is placed by column after each such character,
// so a terminal that takes it for wider or narrower spoils that character and
// nothing else.
package screen
