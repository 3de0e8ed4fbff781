package gitrepo

// Contains tells whether a commit is, or has among its ancestors, another one.
func (m *Mirror) Contains(commit, ancestor Hash) (bool, error) {
	seen := map[Hash]bool{commit: true}
	for todo := []Hash{commit}; len(todo) > 0; {
		h := todo[0]
		todo = todo[1:]
		if h == ancestor {
			return true, nil
		}
		c, err := m.Commit(h)
		if err != nil {
			return false, err
		}
		for _, parent := range c.Parents {
			if !seen[parent] {
				seen[parent] = true
				todo = append(todo, parent)
			}
		}
	}
	return false, nil
}
