"""What several pages are put together from; what belongs to one page alone lies in that page's folder.

parts, links, addressed           headings, cards and downloads; ways to other pages; what a page shows, in its address
rows                              a table of which the browser gets one page
topics                            what the topics of an evaluation are put together from
answers, neighbours, quality      of one patient or new case; explanation: what a model looked at
one_job, training, training_form  long work on the page: of any kind, and trainings with the form for a new one
"""
