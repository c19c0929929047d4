// Package bpe counts the tokens of texts in OpenAI's published encodings, as its own tokenizer would, and cuts texts
// into the pieces that tokens do not cross. It knows vocabularies and no model.
//
// A text takes this way:
//
//	text --turn--> valid UTF-8 --split--> pieces --cache--> known count
//	                                             --vocabulary--> one token
//	                                             --seams, merge--> several tokens
//
// All of it is linear in the length of the text, whatever the text, and allocates nothing once a vocabulary is loaded
// and the memories are warm. A vocabulary (embedded; nothing is downloaded) and its class table are immutable;
// memories, with their caches, pass from one goroutine to the next, a turn at a time.
//
// All functions and methods are safe for concurrent use, but for those of [Pieces], which belong to the visit they were
// handed to.
package bpe
