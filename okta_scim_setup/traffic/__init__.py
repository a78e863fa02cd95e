"""What the transport is made of: requests and answers as data, deadlines, pacing, failures."""
